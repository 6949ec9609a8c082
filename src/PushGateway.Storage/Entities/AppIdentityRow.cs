namespace PushGateway.Storage.Entities;

/// <summary>Whose tokens an app takes beside those of the gateway.</summary>
internal sealed class AppIdentityRow
{
    public int AppKey { get; set; }

    /// <summary>In the form of <c>IdentityJson</c>.</summary>
    public required string Identity { get; set; }

    public long UpdatedAtMs { get; set; }
}
