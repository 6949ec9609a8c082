using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class SavedAudienceConfiguration : IEntityTypeConfiguration<SavedAudienceRow>
{
    public void Configure(EntityTypeBuilder<SavedAudienceRow> builder)
    {
        builder.ToTable("SavedAudiences");
        builder.HasKey(row => new { row.AppKey, row.Name });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
    }
}
