using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class LiveWaitConfiguration : IEntityTypeConfiguration<LiveWaitRow>
{
    public void Configure(EntityTypeBuilder<LiveWaitRow> builder)
    {
        builder.ToTable("LiveWaits");
        builder.HasKey(row => row.EventKey);
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.HasIndex(row => row.AppKey);
    }
}
