using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class RemovalHoldConfiguration : IEntityTypeConfiguration<RemovalHoldRow>
{
    public void Configure(EntityTypeBuilder<RemovalHoldRow> builder)
    {
        builder.ToTable("RemovalHolds").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.Provider });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
    }
}
