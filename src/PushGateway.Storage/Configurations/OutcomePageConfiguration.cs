using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Configurations;

internal sealed class OutcomePageConfiguration : IEntityTypeConfiguration<OutcomePageRow>
{
    public void Configure(EntityTypeBuilder<OutcomePageRow> builder)
    {
        // With one: a page's receipts are longer than what a tree by key keeps with the key, so each would fill a database page of its own to a quarter (decision 0003).
        builder.ToTable("OutcomePages");
        builder.HasKey(row => new { row.Shard, row.EventKey, row.PageNumber });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.PageNumber).ValueGeneratedNever();
    }
}
