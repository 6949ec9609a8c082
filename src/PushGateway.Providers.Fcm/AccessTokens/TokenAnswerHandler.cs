using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>Lets only answers through that Google's library can read: it fails on error answers that are empty or no JSON, as front ends and proxies give them.</summary>
internal sealed class TokenAnswerHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxBytes = 64 * 1024;

    /// <exception cref="HttpRequestException">With the status: the endpoint fails in a way that may pass, or does not speak OAuth.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken);
            var isReadable = HasText(await response.Content.ReadAsByteArrayAsync(cancellationToken), response.IsSuccessStatusCode ? "access_token" : "error");
            if (isReadable)
            {
                return response;
            }

            if (response.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests))
            {
                response.Content = JsonContent.Create(new { error = GatewayReasons.UnknownReason, error_description = $"HTTP {(int)response.StatusCode}." });
                return response;
            }

            throw new HttpRequestException($"The token endpoint answered {(int)response.StatusCode} without a token or an error of OAuth.", null, response.StatusCode);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool HasText(byte[] body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object &&
                document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
