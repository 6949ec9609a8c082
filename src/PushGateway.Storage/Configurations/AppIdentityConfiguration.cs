using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class AppIdentityConfiguration : IEntityTypeConfiguration<AppIdentityRow>
{
    public void Configure(EntityTypeBuilder<AppIdentityRow> builder)
    {
        builder.ToTable("AppIdentities").IsWithoutRowId();
        builder.HasKey(row => row.AppKey);
        builder.Property(row => row.AppKey).ValueGeneratedNever();
    }
}
