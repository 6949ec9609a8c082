using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Configurations;

internal sealed class DeviceConfiguration : IEntityTypeConfiguration<DeviceRow>
{
    public void Configure(EntityTypeBuilder<DeviceRow> builder)
    {
        builder.ToTable("Devices").IsWithoutRowId();
        builder.HasKey(row => new { row.Shard, row.AppKey, row.SubscriberKey, row.DeviceKey });
        builder.Property(row => row.Shard).ValueGeneratedNever();
        builder.Property(row => row.AppKey).ValueGeneratedNever();
        builder.Property(row => row.SubscriberKey).ValueGeneratedNever();
        builder.Property(row => row.DeviceKey).ValueGeneratedNever();
        builder.HasIndex(row => new { row.AppKey, row.DeviceId }).IsUnique();
        builder.HasIndex(row => new { row.AppKey, row.Provider, row.TokenHash }).IsUnique();
        builder.HasIndex(row => row.DeviceKey).IsUnique();
    }
}
