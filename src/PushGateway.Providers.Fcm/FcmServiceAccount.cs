using System.Security.Cryptography;
using System.Text.Json;
using PushGateway.Core;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm;

/// <summary>The fields of a service account's key file that are needed, checked for form.</summary>
public sealed record FcmServiceAccount
{
    private const string Prefix = "serviceAccount";

    public required string ProjectId { get; init; }

    public required string ClientEmail { get; init; }

    public required string PrivateKeyId { get; init; }

    /// <summary>PKCS#8 PEM with an RSA key. Secret.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>Where access tokens come from.</summary>
    public required Uri TokenUri { get; init; }

    public override string ToString() => $"service account {ClientEmail} of project {ProjectId}";

    /// <summary>Makes a credential of a key file's JSON.</summary>
    /// <exception cref="InvalidCredentialException">Names the field, such as <c>serviceAccount.private_key</c>, and the rule.</exception>
    public static FcmCredential ParseCredential(JsonElement keyFile)
    {
        var account = Parse(keyFile);
        return new FcmCredential { ServiceAccountJson = keyFile.GetRawText(), ProjectId = account.ProjectId, ClientEmail = account.ClientEmail };
    }

    /// <exception cref="InvalidCredentialException">Names the field and the rule.</exception>
    internal static FcmServiceAccount Parse(JsonElement keyFile)
    {
        if (keyFile.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidCredentialException(Prefix, "The service account is the JSON object of the key file that Google made.");
        }

        if (Read(keyFile, "type") is not "service_account" and var type)
        {
            throw Invalid("type", $"The key file's type is service_account, not {type}.");
        }

        var projectId = Read(keyFile, "project_id");
        if (!projectId.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or ':'))
        {
            throw Invalid("project_id", "The project id has letters, digits, hyphens, dots and colons only.");
        }

        var privateKey = Read(keyFile, "private_key");
        CheckKey(privateKey);
        var tokenUri = Read(keyFile, "token_uri");
        return new FcmServiceAccount
        {
            ProjectId = projectId,
            ClientEmail = Read(keyFile, "client_email"),
            PrivateKeyId = Read(keyFile, "private_key_id"),
            PrivateKey = privateKey,
            TokenUri = Uri.TryCreate(tokenUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
                ? uri
                : throw Invalid("token_uri", "The token endpoint is an absolute https URL."),
        };
    }

    /// <exception cref="InvalidCredentialException">Names the field and the rule.</exception>
    internal static FcmServiceAccount Check(ProviderCredential credential, out FcmCredential fcm)
    {
        ArgumentNullException.ThrowIfNull(credential);
        fcm = credential as FcmCredential ??
            throw new ArgumentException($"An {nameof(FcmCredential)} is needed, not a {credential.GetType().Name}.", nameof(credential));
        FcmServiceAccount account;
        try
        {
            using var document = JsonDocument.Parse(fcm.ServiceAccountJson);
            account = Parse(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new InvalidCredentialException(Prefix, "The service account is not JSON.", exception);
        }

        if (fcm.Endpoint is { } endpoint && PostPoolOptions.CheckEndpoint(endpoint) is { } problem)
        {
            throw new InvalidCredentialException("endpoint", problem);
        }

        if (fcm.MessagesPerMinute < 1)
        {
            throw new InvalidCredentialException("messagesPerMinute", "The quota is 1 message a minute or more.");
        }

        ParseTrusted(fcm);
        return account;
    }

    /// <exception cref="InvalidCredentialException">A certificate cannot be read.</exception>
    internal static TrustedCertificates ParseTrusted(FcmCredential credential)
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

    private static string Read(JsonElement keyFile, string name) =>
        keyFile.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw Invalid(name, $"The key file has a text {name}.");

    private static void CheckKey(string pem)
    {
        try
        {
            using var key = RSA.Create();
            if (!PemEncoding.TryFind(pem, out var fields) || pem.AsSpan()[fields.Label] is not "PRIVATE KEY")
            {
                throw Invalid("private_key", "The private key begins with -----BEGIN PRIVATE KEY-----.");
            }

            key.ImportFromPem(pem);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new InvalidCredentialException($"{Prefix}.private_key", "The private key cannot be read as an RSA key in PKCS#8 PEM.", exception);
        }
    }

    private static InvalidCredentialException Invalid(string name, string rule) => new($"{Prefix}.{name}", rule);
}
