using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Providers;

/// <summary>The rules that both providers' credentials share.</summary>
internal static class CredentialFields
{
    private const int MaxEndpointLength = 300;
    private const int MaxCertificatesLength = 64 * 1024;

    public static Uri? MapEndpoint(string? text, FieldErrors errors)
    {
        if (text is null)
        {
            return null;
        }

        // Host and port only: the path is the provider's, and a user name would be a secret in a place that is shown.
        if (text.Length <= MaxEndpointLength && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps &&
            uri.UserInfo.Length == 0 && uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.Fragment.Length == 0)
        {
            return uri;
        }

        errors.Add("endpoint", "endpoint.invalid", "Must be https://host:port, without path, query or user.");
        return null;
    }

    public static string? MapCertificates(string? pem, FieldErrors errors)
    {
        FieldRules.CheckLength(pem, "trustedCertificates", MaxCertificatesLength, errors);
        return string.IsNullOrWhiteSpace(pem) ? null : pem;
    }
}
