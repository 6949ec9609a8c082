using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class FirstSignInConfiguration : IEntityTypeConfiguration<FirstSignInRow>
{
    public void Configure(EntityTypeBuilder<FirstSignInRow> builder)
    {
        builder.ToTable("FirstSignIns");
        builder.HasKey(row => row.TokenHash);
    }
}
