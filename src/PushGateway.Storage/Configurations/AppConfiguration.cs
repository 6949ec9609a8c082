using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class AppConfiguration : IEntityTypeConfiguration<AppRow>
{
    public void Configure(EntityTypeBuilder<AppRow> builder)
    {
        builder.ToTable("Apps");
        builder.HasKey(row => row.AppKey);
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.HasIndex(row => row.AppId).IsUnique();
    }
}
