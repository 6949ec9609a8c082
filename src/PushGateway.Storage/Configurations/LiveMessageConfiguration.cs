using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Core;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class LiveMessageConfiguration : IEntityTypeConfiguration<LiveMessageRow>
{
    public void Configure(EntityTypeBuilder<LiveMessageRow> builder)
    {
        builder.ToTable("LiveMessages").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.Channel, row.Sequence });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.Channel).HasMaxLength(Identifier.MaxLength);
        builder.Property(row => row.Sequence).ValueGeneratedNever();
        builder.HasIndex(row => row.AtMs);
    }
}
