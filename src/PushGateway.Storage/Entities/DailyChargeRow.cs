namespace PushGateway.Storage.Entities;

/// <summary>For which events neighbouring subscribers of a shard were charged on a day.</summary>
internal sealed class DailyChargeRow
{
    public int Shard { get; set; }

    public int Day { get; set; }

    public int AppKey { get; set; }

    public long Block { get; set; }

    public required byte[] Charges { get; set; }
}
