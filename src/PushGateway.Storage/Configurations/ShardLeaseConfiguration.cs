using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class ShardLeaseConfiguration : IEntityTypeConfiguration<ShardLeaseRow>
{
    public void Configure(EntityTypeBuilder<ShardLeaseRow> builder)
    {
        builder.ToTable("ShardLeases").IsWithoutRowId();
        builder.HasKey(row => row.Shard);
        builder.Property(row => row.Shard).ValueGeneratedNever();
    }
}
