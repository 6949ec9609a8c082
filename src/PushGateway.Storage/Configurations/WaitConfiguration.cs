using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class WaitConfiguration : IEntityTypeConfiguration<WaitRow>
{
    public void Configure(EntityTypeBuilder<WaitRow> builder)
    {
        builder.ToTable("Waits").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.EventKey, row.DueAtMs, row.Number });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.DueAtMs).ValueGeneratedNever();
        builder.Property(row => row.Number).ValueGeneratedNever();
        builder.Property(row => row.Begun).HasDefaultValue(0);
    }
}
