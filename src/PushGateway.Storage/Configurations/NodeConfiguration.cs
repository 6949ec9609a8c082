using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class NodeConfiguration : IEntityTypeConfiguration<NodeRow>
{
    public void Configure(EntityTypeBuilder<NodeRow> builder)
    {
        builder.ToTable("Nodes").IsWithoutRowId();
        builder.HasKey(row => row.NodeKey);
        builder.Property(row => row.NodeKey).ValueGeneratedNever();
    }
}
