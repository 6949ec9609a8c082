using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class DeviceExpiryConfiguration : IEntityTypeConfiguration<DeviceExpiryRow>
{
    public void Configure(EntityTypeBuilder<DeviceExpiryRow> builder)
    {
        builder.ToTable("DeviceExpiries").IsWithoutRowId();
        builder.HasKey(row => row.Shard);
        builder.Property(row => row.Shard).ValueGeneratedNever();
    }
}
