using System.Security.Cryptography;

namespace PushGateway.Core.Webhooks;

/// <summary>The key a webhook's requests are signed with, in the form of Standard Webhooks: <c>whsec_</c> and base64.</summary>
public static class WebhookSecret
{
    public const string Prefix = "whsec_";

    public const int MinBytes = 24;

    public const int MaxBytes = 64;

    public static string Rule { get; } = $"{Prefix} and {MinBytes} to {MaxBytes} bytes in base64";

    private const int RandomBytes = 32;

    public static string Generate() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <returns><see langword="false"/> when the text does not follow <see cref="Rule"/>.</returns>
    public static bool TryDecode(string? text, out byte[] key)
    {
        key = [];
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > Prefix.Length + (MaxBytes * 2))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxBytes * 2];
        if (!Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var length) || length is < MinBytes or > MaxBytes)
        {
            return false;
        }

        key = bytes[..length].ToArray();
        return true;
    }
}
