namespace PushGateway.Storage.Devices;

/// <summary>Why a device was removed, beside the providers' own words. Stored.</summary>
internal static class RemovalReasons
{
    /// <summary>It went to another subscriber, under a new key.</summary>
    public const string Moved = "moved";

    /// <summary>Its token was registered for another device.</summary>
    public const string TokenMoved = "tokenMoved";

    /// <summary>Somebody asked for it.</summary>
    public const string Requested = "requested";
}
