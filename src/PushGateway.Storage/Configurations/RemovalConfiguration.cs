using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class RemovalConfiguration : IEntityTypeConfiguration<RemovalRow>
{
    public void Configure(EntityTypeBuilder<RemovalRow> builder)
    {
        builder.ToTable("Removals").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.RemovalKey });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.RemovalKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.AppKey, row.DeviceId });
        builder.HasIndex(row => new { row.AppKey, row.EventKey });
        // Held ones stay until somebody decides; 2 is held.
        builder.HasIndex(row => row.AtMs).HasFilter("\"State\" <> 2");
        builder.HasIndex(row => new { row.AppKey, row.Provider, row.RemovalKey }).HasFilter("\"State\" = 2");
    }
}
