using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class WebhookConfiguration : IEntityTypeConfiguration<WebhookRow>
{
    public void Configure(EntityTypeBuilder<WebhookRow> builder)
    {
        builder.ToTable("Webhooks");
        builder.HasKey(row => row.WebhookKey);
        builder.Property(row => row.WebhookKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.AppKey, row.WebhookId }).IsUnique();
    }
}
