using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class SubscriberPurgeConfiguration : IEntityTypeConfiguration<SubscriberPurgeRow>
{
    public void Configure(EntityTypeBuilder<SubscriberPurgeRow> builder)
    {
        builder.ToTable("SubscriberPurges").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.SubscriberKey });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.SubscriberKey).ValueGeneratedNever();
    }
}
