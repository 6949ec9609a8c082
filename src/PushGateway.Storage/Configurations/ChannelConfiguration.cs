using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class ChannelConfiguration : IEntityTypeConfiguration<ChannelRow>
{
    public void Configure(EntityTypeBuilder<ChannelRow> builder)
    {
        builder.ToTable("Channels");
        builder.HasKey(row => row.ChannelKey);
        builder.Property(row => row.ChannelKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.AppKey, row.ChannelId }).IsUnique();
    }
}
