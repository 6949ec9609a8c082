using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class EventOpensConfiguration : IEntityTypeConfiguration<EventOpensRow>
{
    public void Configure(EntityTypeBuilder<EventOpensRow> builder)
    {
        builder.ToTable("EventOpens");
        builder.HasKey(row => row.EventKey);
        builder.Property(row => row.EventKey).ValueGeneratedNever();
    }
}
