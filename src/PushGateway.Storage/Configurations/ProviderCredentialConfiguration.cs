using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class ProviderCredentialConfiguration : IEntityTypeConfiguration<ProviderCredentialRow>
{
    public void Configure(EntityTypeBuilder<ProviderCredentialRow> builder)
    {
        builder.ToTable("ProviderCredentials").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.Provider });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
    }
}
