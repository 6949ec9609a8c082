namespace PushGateway.Client.Devices;

/// <summary>What is said about a device when it registers.</summary>
public sealed record DeviceSpec
{
    /// <summary><c>apns</c> or <c>fcm</c>.</summary>
    public required string Provider { get; init; }

    public required string Token { get; init; }

    /// <summary>The owner; without one the device is its own anonymous subscriber.</summary>
    public string? Subscriber { get; init; }

    /// <summary><c>production</c> or <c>sandbox</c>; without one, the environment of the app's credential.</summary>
    public string? Environment { get; init; }

    /// <summary>BCP 47 tag, such as <c>es-MX</c>.</summary>
    public string? Locale { get; init; }

    /// <summary>IANA id, such as <c>Europe/Madrid</c>.</summary>
    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public override string ToString() => $"{Provider} device of {Subscriber ?? "nobody"}";
}
