using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Client.Apps;
using PushGateway.Simulator;

namespace PushGateway.Server.Cli;

/// <summary>What one needs to know to use a running simulator; crosses from the child process as one line of JSON.</summary>
internal sealed record SimulatorDetails
{
    public required Uri ControlEndpoint { get; init; }

    public required Uri TokenUri { get; init; }

    public required SimulatorCredentials Credentials { get; init; }

    public static SimulatorDetails Of(ProviderSimulator simulator) => new()
    {
        ControlEndpoint = simulator.ControlEndpoint,
        TokenUri = simulator.TokenUri,
        Credentials = simulator.Control.Credentials,
    };

    public string ToLine() => JsonSerializer.Serialize(this, SimulatorDetailsJson.Default.SimulatorDetails);

    /// <exception cref="JsonException">The line is something else.</exception>
    public static SimulatorDetails Parse(string line) =>
        JsonSerializer.Deserialize(line, SimulatorDetailsJson.Default.SimulatorDetails) ?? throw new JsonException("The simulator's details are null.");

    /// <summary>What makes the gateway send to this simulator as if it were Apple.</summary>
    public ApnsCredentials ToApnsCredentials() => new()
    {
        TeamId = Credentials.Apns.TeamId,
        KeyId = Credentials.Apns.KeyId,
        PrivateKey = Credentials.Apns.PrivateKey,
        BundleId = Credentials.Apns.BundleId,
        Environment = Credentials.Apns.Environment,
        Endpoint = Origin(Credentials.Apns.Endpoint),
        TrustedCertificates = Credentials.Apns.TrustedCertificates,
    };

    /// <summary>What makes the gateway send to this simulator as if it were Google.</summary>
    /// <param name="messagesPerMinute">The quota to keep to; <see langword="null"/> for Google's default.</param>
    public FcmCredentials ToFcmCredentials(int? messagesPerMinute) => new()
    {
        ServiceAccount = JsonObject.Create(Credentials.Fcm.ServiceAccount) ?? throw new JsonException("The simulator's service account is no JSON object."),
        Endpoint = Origin(Credentials.Fcm.Endpoint),
        TrustedCertificates = Credentials.Fcm.TrustedCertificates,
        MessagesPerMinute = messagesPerMinute,
    };

    private static string Origin(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Authority);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SimulatorDetails))]
[JsonSerializable(typeof(SimulatorCounters))]
internal sealed partial class SimulatorDetailsJson : JsonSerializerContext;

/// <summary>The bodies of the credentials, as the API takes them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(ApnsCredentials))]
[JsonSerializable(typeof(FcmCredentials))]
internal sealed partial class CredentialBodiesJson : JsonSerializerContext;
