using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class DeferredConfiguration : IEntityTypeConfiguration<DeferredRow>
{
    public void Configure(EntityTypeBuilder<DeferredRow> builder)
    {
        builder.ToTable("Deferred").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.EventKey, row.DeviceKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.DeviceKey).ValueGeneratedNever();
        builder.Property(row => row.IsBegun).HasDefaultValue(false);
        builder.HasIndex(row => new { row.EventKey, row.Shard, row.Provider, row.DueAtMs });
    }
}
