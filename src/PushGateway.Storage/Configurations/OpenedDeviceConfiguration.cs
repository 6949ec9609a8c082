using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class OpenedDeviceConfiguration : IEntityTypeConfiguration<OpenedDeviceRow>
{
    public void Configure(EntityTypeBuilder<OpenedDeviceRow> builder)
    {
        builder.ToTable("OpenedDevices").IsWithoutRowId();
        // The event before the device: what is opened now is opened of a few events, and retention takes whole events.
        builder.HasKey(row => new { row.EventKey, row.DeviceKey });
        builder.Property(row => row.EventKey).ValueGeneratedNever();
        builder.Property(row => row.DeviceKey).ValueGeneratedNever();
        // A subscriber's, to be handed out or deleted.
        builder.HasIndex(row => row.DeviceKey);
    }
}
