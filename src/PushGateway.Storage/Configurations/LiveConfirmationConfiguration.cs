using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class LiveConfirmationConfiguration : IEntityTypeConfiguration<LiveConfirmationRow>
{
    public void Configure(EntityTypeBuilder<LiveConfirmationRow> builder)
    {
        builder.ToTable("LiveConfirmations").IsWithoutRowId();
        // In the order in which pages are read.
        builder.HasKey(row => new { row.Shard, row.EventKey, row.SubscriberKey, row.DeviceKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.SubscriberKey).ValueGeneratedNever();
        builder.Property(row => row.DeviceKey).ValueGeneratedNever();
    }
}
