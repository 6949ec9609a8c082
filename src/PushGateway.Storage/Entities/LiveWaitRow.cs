namespace PushGateway.Storage.Entities;

/// <summary>An event that goes live when it begins, and has not begun.</summary>
internal sealed class LiveWaitRow
{
    public long EventKey { get; set; }

    public int AppKey { get; set; }
}
