using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class AdminUserConfiguration : IEntityTypeConfiguration<AdminUserRow>
{
    public void Configure(EntityTypeBuilder<AdminUserRow> builder)
    {
        builder.ToTable("AdminUsers");
        builder.HasKey(row => row.UserId);
        builder.HasIndex(row => row.NameKey).IsUnique();
        builder.HasIndex(row => row.ExternalId).IsUnique();
    }
}
