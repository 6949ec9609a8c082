namespace PushGateway.Storage.Entities;

/// <summary>When the devices of a shard were last looked through for those that have not been seen for long.</summary>
internal sealed class DeviceExpiryRow
{
    public int Shard { get; set; }

    public long PassedAtMs { get; set; }
}
