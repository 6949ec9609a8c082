using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class EventConfiguration : IEntityTypeConfiguration<EventRow>
{
    public void Configure(EntityTypeBuilder<EventRow> builder)
    {
        builder.ToTable("Events");
        builder.HasKey(row => row.EventKey);
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.HasIndex(row => row.EventId).IsUnique();
        builder.HasIndex(row => new { row.AppKey, row.EventKey });
        // Only those that are final; retention takes the oldest.
        builder.HasIndex(row => row.CompletedAtMs).HasFilter("\"CompletedAtMs\" IS NOT NULL");
        // Only the events that a start has to look at; 3 is the first final state.
        builder.HasIndex(row => new { row.State, row.EventKey }).HasFilter("\"State\" < 3");
        // Only those that wait for their time, for who wants to see which come next.
        builder.HasIndex(row => row.StartsAtMs).HasFilter("\"State\" = 0");
    }
}
