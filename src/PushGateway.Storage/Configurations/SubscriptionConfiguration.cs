using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class SubscriptionConfiguration : IEntityTypeConfiguration<SubscriptionRow>
{
    public void Configure(EntityTypeBuilder<SubscriptionRow> builder)
    {
        builder.ToTable("Subscriptions").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.AppKey, row.ChannelKey, row.SubscriberKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.ChannelKey).ValueGeneratedNever();
        builder.Property(row => row.SubscriberKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.Shard, row.SubscriberKey, row.ChannelKey });
    }
}
