using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class WebhookNoticeConfiguration : IEntityTypeConfiguration<WebhookNoticeRow>
{
    public void Configure(EntityTypeBuilder<WebhookNoticeRow> builder)
    {
        builder.ToTable("WebhookNotices").IsWithoutRowId();
        builder.HasKey(row => new { row.WebhookKey, row.NoticeKey });
        builder.Property(row => row.WebhookKey).ValueGeneratedNever();
        builder.Property(row => row.NoticeKey).ValueGeneratedNever();
    }
}
