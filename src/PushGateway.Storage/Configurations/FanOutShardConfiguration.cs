using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class FanOutShardConfiguration : IEntityTypeConfiguration<FanOutShardRow>
{
    public void Configure(EntityTypeBuilder<FanOutShardRow> builder)
    {
        builder.ToTable("FanOutShards").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.EventKey, row.Provider });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.BegunSubscriberKey).HasDefaultValue(0L);
        builder.Property(row => row.BegunDeviceKey).HasDefaultValue(0L);
        builder.Property(row => row.Suppressed).HasDefaultValue(0L);
        builder.Property(row => row.Live).HasDefaultValue(0L);
    }
}
