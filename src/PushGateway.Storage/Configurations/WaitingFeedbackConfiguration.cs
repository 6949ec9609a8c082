using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class WaitingFeedbackConfiguration : IEntityTypeConfiguration<WaitingFeedbackRow>
{
    public void Configure(EntityTypeBuilder<WaitingFeedbackRow> builder)
    {
        builder.ToTable("WaitingFeedback").IsWithoutRowId();
        builder.HasKey(row => row.FeedbackKey);
        builder.Property(row => row.FeedbackKey).ValueGeneratedNever();
        builder.HasIndex(row => row.EventKey);
        builder.HasIndex(row => row.AppKey);
    }
}
