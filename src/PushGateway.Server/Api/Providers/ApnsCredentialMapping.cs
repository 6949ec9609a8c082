using PushGateway.Core.Providers;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Providers;

/// <summary>Checks and maps an APNs credential; whether the key can be read is the provider's to say.</summary>
internal static class ApnsCredentialMapping
{
    private const int AppleIdLength = 10;
    private const int MaxPrivateKeyLength = 16 * 1024;

    /// <summary>Apple's limit for a bundle id.</summary>
    private const int MaxBundleIdLength = 155;

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static ApnsCredential? Map(ApnsCredentialRequest request, FieldErrors errors)
    {
        CheckAppleId(request.TeamId, "teamId", errors);
        CheckAppleId(request.KeyId, "keyId", errors);
        FieldRules.RequireText(request.PrivateKey, "privateKey", MaxPrivateKeyLength, errors);
        CheckBundleId(request.BundleId, errors);
        var environment = DeviceEnvironment.Unspecified;
        if (request.Environment is null)
        {
            errors.Add("environment", "field.missing", "Must be given: production or sandbox.");
        }
        else
        {
            environment = EnvironmentNames.Map(request.Environment, "environment", errors);
        }

        var endpoint = CredentialFields.MapEndpoint(request.Endpoint, errors);
        var certificates = CredentialFields.MapCertificates(request.TrustedCertificates, errors);
        return errors.Any ? null : new ApnsCredential
        {
            TeamId = request.TeamId!,
            KeyId = request.KeyId!,
            PrivateKey = request.PrivateKey!,
            BundleId = request.BundleId!,
            Environment = environment,
            Endpoint = endpoint,
            TrustedCertificates = certificates,
        };
    }

    private static void CheckAppleId(string? text, string field, FieldErrors errors)
    {
        if (text is not { Length: AppleIdLength } || !text.All(char.IsAsciiLetterOrDigit))
        {
            errors.Add(field, text is null ? "field.missing" : $"{field}.invalid", $"Must be {AppleIdLength} letters and digits.");
        }
    }

    private static void CheckBundleId(string? text, FieldErrors errors)
    {
        if (text is not { Length: > 0 and <= MaxBundleIdLength } || !text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-'))
        {
            errors.Add(
                "bundleId", text is null ? "field.missing" : "bundleId.invalid",
                $"Must be the app's bundle id: 1 to {MaxBundleIdLength} letters, digits, dots and hyphens.");
        }
    }
}
