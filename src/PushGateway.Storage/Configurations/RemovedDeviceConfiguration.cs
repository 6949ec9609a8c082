using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class RemovedDeviceConfiguration : IEntityTypeConfiguration<RemovedDeviceRow>
{
    public void Configure(EntityTypeBuilder<RemovedDeviceRow> builder)
    {
        builder.ToTable("RemovedDevices").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.AppKey, row.DeviceKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.DeviceKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.AppKey, row.DeviceId });
        builder.HasIndex(row => new { row.AppKey, row.RemovedAtMs });
    }
}
