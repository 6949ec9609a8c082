using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class OutcomePageConfiguration : IEntityTypeConfiguration<OutcomePageRow>
{
    public void Configure(EntityTypeBuilder<OutcomePageRow> builder)
    {
        builder.ToTable("OutcomePages").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.EventKey, row.PageNumber });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.PageNumber).ValueGeneratedNever();
    }
}
