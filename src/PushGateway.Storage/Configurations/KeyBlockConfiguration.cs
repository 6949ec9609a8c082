using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class KeyBlockConfiguration : IEntityTypeConfiguration<KeyBlockRow>
{
    public void Configure(EntityTypeBuilder<KeyBlockRow> builder)
    {
        builder.ToTable("KeyBlocks").IsWithoutRowId();
        builder.HasKey(row => row.Sequence);
    }
}
