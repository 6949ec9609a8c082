using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class SubscriberConfiguration : IEntityTypeConfiguration<SubscriberRow>
{
    public void Configure(EntityTypeBuilder<SubscriberRow> builder)
    {
        builder.ToTable("Subscribers").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.AppKey, row.SubscriberId });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.HasIndex(row => row.SubscriberKey).IsUnique();
    }
}
