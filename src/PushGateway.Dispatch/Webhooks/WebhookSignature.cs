using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Signs requests as Standard Webhooks says: HMAC-SHA256 over id, timestamp and body.</summary>
/// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <param name="key">The secret's bytes.</param>
    /// <param name="timestamp">Unix seconds, as sent.</param>
    /// <returns>The header's value: the version, a comma, base64.</returns>
    public static string Sign(ReadOnlySpan<byte> key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var prefix = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(prefix);
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
