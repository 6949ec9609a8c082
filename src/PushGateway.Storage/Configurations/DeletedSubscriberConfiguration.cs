using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class DeletedSubscriberConfiguration : IEntityTypeConfiguration<DeletedSubscriberRow>
{
    public void Configure(EntityTypeBuilder<DeletedSubscriberRow> builder)
    {
        builder.ToTable("DeletedSubscribers").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.SubscriberId });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.HasIndex(row => row.DeletedAtMs);
    }
}
