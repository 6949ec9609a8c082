namespace PushGateway.Storage.Devices;

/// <summary>Why a device was removed, beside the providers' own words. Stored.</summary>
internal static class RemovalReasons
{
    /// <summary>It went to another subscriber, under a new key.</summary>
    public const string Moved = "moved";

    /// <summary>Its token was registered for another device.</summary>
    public const string TokenMoved = "tokenMoved";

    /// <summary>It had not registered for longer than devices are kept unseen.</summary>
    public const string Stale = "stale";

    /// <summary>Somebody asked for it.</summary>
    public const string Requested = "requested";
}
