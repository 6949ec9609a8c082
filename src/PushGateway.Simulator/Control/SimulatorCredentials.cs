using System.Text.Json;

namespace PushGateway.Simulator;

/// <summary>What an operator gives to the gateway so that it finds, trusts and may use the simulator.</summary>
public sealed record SimulatorCredentials
{
    /// <summary>For the gateway's APNs provider.</summary>
    public required ApnsCredentials Apns { get; init; }

    /// <summary>For the gateway's FCM provider.</summary>
    public required FcmCredentials Fcm { get; init; }

    /// <summary>APNs half, in the words of the gateway's API.</summary>
    public sealed record ApnsCredentials
    {
        public required string TeamId { get; init; }

        public required string KeyId { get; init; }

        /// <summary>The <c>.p8</c> file.</summary>
        public required string PrivateKey { get; init; }

        public required string BundleId { get; init; }

        /// <summary><c>production</c> or <c>sandbox</c>.</summary>
        public required string Environment { get; init; }

        public required Uri Endpoint { get; init; }

        /// <summary>PEM of the authority that signed the simulator's certificate.</summary>
        public required string TrustedCertificates { get; init; }
    }

    /// <summary>FCM half, in the words of the gateway's API.</summary>
    public sealed record FcmCredentials
    {
        /// <summary>The service account's key file.</summary>
        public required JsonElement ServiceAccount { get; init; }

        public required Uri Endpoint { get; init; }

        /// <summary>PEM of the authority that signed the simulator's certificate.</summary>
        public required string TrustedCertificates { get; init; }
    }
}
