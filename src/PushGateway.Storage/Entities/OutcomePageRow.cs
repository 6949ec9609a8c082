namespace PushGateway.Storage.Entities;

/// <summary>The receipts of one page. The blob comes last: reading times and counts passes it over.</summary>
internal sealed class OutcomePageRow
{
    public int Shard { get; set; }

    public long EventKey { get; set; }

    public int PageNumber { get; set; }

    public long RecordedAtMs { get; set; }

    public long? FirstAcceptedAtMs { get; set; }

    public long Accepted { get; set; }

    public required byte[] Receipts { get; set; }
}
