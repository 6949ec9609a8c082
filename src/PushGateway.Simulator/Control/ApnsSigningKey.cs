namespace PushGateway.Simulator;

/// <summary>A further APNs key, for rehearsing what happens when keys are mixed on one connection.</summary>
/// <param name="TeamId">The <c>iss</c> of its tokens.</param>
/// <param name="KeyId">The <c>kid</c> of its tokens.</param>
/// <param name="PrivateKeyPem">PKCS#8 PEM.</param>
public sealed record ApnsSigningKey(string TeamId, string KeyId, string PrivateKeyPem);
