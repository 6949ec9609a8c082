using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class WaitingFeedbackConfiguration : IEntityTypeConfiguration<WaitingFeedbackRow>
{
    public void Configure(EntityTypeBuilder<WaitingFeedbackRow> builder)
    {
        // With one: what a page says about a few devices is longer than what a tree by key keeps with the key.
        builder.ToTable("WaitingFeedback");
        builder.HasKey(row => row.FeedbackKey);
        builder.Property(row => row.FeedbackKey).ValueGeneratedNever();
        builder.HasIndex(row => row.EventKey);
        builder.HasIndex(row => row.AppKey);
    }
}
