using System.Text.Json.Nodes;

namespace PushGateway.Client.Apps;

/// <summary>What the gateway needs to send through FCM for an app.</summary>
public sealed record FcmCredentials
{
    /// <summary>The key file's JSON as downloaded from Google. Secret.</summary>
    public required JsonObject ServiceAccount { get; init; }

    /// <summary><c>https://host:port</c> in place of Google's: simulator, proxy.</summary>
    public string? Endpoint { get; init; }

    /// <summary>PEM, trusted in addition to the system's certificates, for the token endpoint too.</summary>
    public string? TrustedCertificates { get; init; }

    /// <summary>The project's quota; <see langword="null"/> for Google's default, 600,000.</summary>
    public int? MessagesPerMinute { get; init; }

    public override string ToString() => $"FCM service account of project {ServiceAccount["project_id"]}";
}
