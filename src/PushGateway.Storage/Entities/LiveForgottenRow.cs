namespace PushGateway.Storage.Entities;

/// <summary>How far the live history of a channel has been taken away. There is none for a channel that still has all it ever had.</summary>
internal sealed class LiveForgottenRow
{
    public int AppKey { get; set; }

    /// <summary>By name; empty for all channels of the app that have no row of their own: how far any of those may have gone whose rows were taken away in their turn.</summary>
    public required string Channel { get; set; }

    /// <summary>The newest message that is gone.</summary>
    public long Sequence { get; set; }

    /// <summary>When it was last changed.</summary>
    public long AtMs { get; set; }
}
