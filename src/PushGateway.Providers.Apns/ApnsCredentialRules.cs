using System.Security.Cryptography;
using PushGateway.Core;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns;

/// <summary>The form an APNs credential must have; what only Apple can tell is left to the check.</summary>
internal static class ApnsCredentialRules
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const int IdLength = 10;

    // Apple's own limit for bundle ids.
    private const int MaxBundleIdLength = 155;

    /// <exception cref="InvalidCredentialException">Names the field and the rule.</exception>
    public static ApnsCredential Check(ProviderCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        if (credential is not ApnsCredential apns)
        {
            throw new ArgumentException($"An {nameof(ApnsCredential)} is needed, not a {credential.GetType().Name}.", nameof(credential));
        }

        CheckId("teamId", apns.TeamId, "The team id");
        CheckId("keyId", apns.KeyId, "The key id");
        ImportKey(apns.PrivateKey).Dispose();
        if (!IsBundleId(apns.BundleId))
        {
            throw new InvalidCredentialException("bundleId", $"The bundle id is 1 to {MaxBundleIdLength} letters, digits, hyphens and dots, such as com.example.app.");
        }

        if (apns.Environment == DeviceEnvironment.Unspecified)
        {
            throw new InvalidCredentialException("environment", "The environment is production or sandbox.");
        }

        if (apns.Endpoint is { } endpoint && PostPoolOptions.CheckEndpoint(endpoint) is { } problem)
        {
            throw new InvalidCredentialException("endpoint", problem);
        }

        ParseTrusted(apns);
        return apns;
    }

    /// <exception cref="InvalidCredentialException">No PKCS#8 PEM with an EC P-256 key.</exception>
    public static ECDsa ImportKey(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            if (!PemEncoding.TryFind(pem, out var fields) || pem.AsSpan()[fields.Label] is not "PRIVATE KEY")
            {
                throw new InvalidCredentialException("privateKey", "The private key is the text of Apple's .p8 file: it begins with -----BEGIN PRIVATE KEY-----.");
            }

            key.ImportFromPem(pem);
            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256
                ? key
                : throw new InvalidCredentialException("privateKey", "The private key is not an EC key on the curve P-256, as Apple issues them.");
        }
        catch (Exception exception)
        {
            key.Dispose();
            if (exception is CryptographicException or ArgumentException)
            {
                throw new InvalidCredentialException("privateKey", "The private key cannot be read as an EC key in PKCS#8 PEM.", exception);
            }

            throw;
        }
    }

    /// <exception cref="InvalidCredentialException">A certificate cannot be read.</exception>
    public static TrustedCertificates ParseTrusted(ApnsCredential credential)
    {
        try
        {
            return TrustedCertificates.Parse(credential.TrustedCertificates);
        }
        catch (FormatException exception)
        {
            throw new InvalidCredentialException("trustedCertificates", exception.Message, exception);
        }
    }

    private static void CheckId(string field, string? id, string name)
    {
        if (id is not { Length: IdLength } || !id.All(character => char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character)))
        {
            throw new InvalidCredentialException(field, $"{name} is {IdLength} characters of A-Z and 0-9.");
        }
    }

    private static bool IsBundleId(string? id) =>
        id is { Length: > 0 and <= MaxBundleIdLength } && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-');
}
