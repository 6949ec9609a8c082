using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class DailyChargeConfiguration : IEntityTypeConfiguration<DailyChargeRow>
{
    public void Configure(EntityTypeBuilder<DailyChargeRow> builder)
    {
        builder.ToTable("DailyCharges").IsWithoutRowId();
        // The day before the app: retention takes whole days.
        builder.HasKey(row => new { row.Shard, row.Day, row.AppKey, row.Block });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.Day).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.Block).ValueGeneratedNever();
    }
}
