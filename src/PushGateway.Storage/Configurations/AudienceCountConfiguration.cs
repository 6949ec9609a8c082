using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class AudienceCountConfiguration : IEntityTypeConfiguration<AudienceCountRow>
{
    public void Configure(EntityTypeBuilder<AudienceCountRow> builder)
    {
        builder.ToTable("AudienceCounts").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.AppKey, row.ChannelKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.ChannelKey).ValueGeneratedNever();
    }
}
