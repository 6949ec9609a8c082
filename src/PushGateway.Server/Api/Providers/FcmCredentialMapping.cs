using System.Text.Json.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Providers;

/// <summary>Checks and maps an FCM credential; whether the key can be read is the provider's to say.</summary>
internal static class FcmCredentialMapping
{
    private const int MaxQuota = 100_000_000;
    private const int MaxTextLength = 500;

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static FcmCredential? Map(FcmCredentialRequest request, FieldErrors errors)
    {
        if (request.ServiceAccount is null)
        {
            errors.Add("serviceAccount", "field.missing", "Must be the key file's JSON.");
        }

        var projectId = RequireMember(request.ServiceAccount, "project_id", errors);
        var clientEmail = RequireMember(request.ServiceAccount, "client_email", errors);
        var quota = request.MessagesPerMinute ?? FcmCredential.DefaultMessagesPerMinute;
        if (quota is < 1 or > MaxQuota)
        {
            errors.Add("messagesPerMinute", "messagesPerMinute.outOfRange", $"Must be a whole number from 1 to {MaxQuota}.");
        }

        var endpoint = CredentialFields.MapEndpoint(request.Endpoint, errors);
        var certificates = CredentialFields.MapCertificates(request.TrustedCertificates, errors);
        return errors.Any ? null : new FcmCredential
        {
            ServiceAccountJson = request.ServiceAccount!.ToJsonString(),
            ProjectId = projectId,
            ClientEmail = clientEmail,
            MessagesPerMinute = quota,
            Endpoint = endpoint,
            TrustedCertificates = certificates,
        };
    }

    private static string RequireMember(JsonObject? serviceAccount, string name, FieldErrors errors)
    {
        if (serviceAccount is null)
        {
            return string.Empty;
        }

        if (serviceAccount[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= MaxTextLength)
        {
            return text;
        }

        errors.Add($"serviceAccount.{name}", "serviceAccount.invalid", $"The key file must have {name}, a string.");
        return string.Empty;
    }
}
