using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Core;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class LiveForgottenConfiguration : IEntityTypeConfiguration<LiveForgottenRow>
{
    public void Configure(EntityTypeBuilder<LiveForgottenRow> builder)
    {
        builder.ToTable("LiveForgotten").IsWithoutRowId();
        builder.HasKey(row => new { row.AppKey, row.Channel });
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.Channel).HasMaxLength(Identifier.MaxLength);
        builder.HasIndex(row => row.AtMs);
    }
}
