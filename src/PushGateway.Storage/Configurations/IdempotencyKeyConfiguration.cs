using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class IdempotencyKeyConfiguration : IEntityTypeConfiguration<IdempotencyKeyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyKeyRow> builder)
    {
        builder.ToTable("IdempotencyKeys").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.Key });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.HasIndex(row => row.CreatedAtMs);
    }
}
