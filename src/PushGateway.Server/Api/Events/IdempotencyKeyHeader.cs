using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using PushGateway.Core;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>The publisher's idempotency key: the header, or what a CloudEvent is known by.</summary>
internal static class IdempotencyKeyHeader
{
    public const string Name = "Idempotency-Key";

    /// <summary>Set on the answer to a publish that was known already.</summary>
    public const string ReplayedName = "Idempotent-Replayed";

    private const int MaxLength = 128;
    private const string Invalid = "idempotency.invalidKey";

    private static readonly string s_rule = $"1 to {MaxLength} visible ASCII characters";

    /// <param name="key">As stored: the header itself when it is an id, else a digest of it; <see langword="null"/> without one.</param>
    /// <returns><see langword="false"/> with an error when the header is there and no key.</returns>
    public static bool TryRead(HttpRequest request, FieldErrors errors, out string? key)
    {
        key = null;
        var header = request.Headers[Name];
        if (header.Count == 0)
        {
            return true;
        }

        if (header is not [{ } text])
        {
            errors.Add(Name, Invalid, $"Must be given once, with {s_rule}.");
            return false;
        }

        return TryRead(text, Name, errors, out key);
    }

    /// <summary>The same for a key from elsewhere than the header: the same text is the same key.</summary>
    public static bool TryRead(string text, string field, FieldErrors errors, [NotNullWhen(true)] out string? key)
    {
        key = null;
        if (text.Length is 0 or > MaxLength || text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            errors.Add(field, Invalid, $"Must be given once, with {s_rule}.");
            return false;
        }

        key = Identifier.IsValid(text) ? text : Digest("header", text);
        return true;
    }

    public static ApiProblem Reused() => ApiProblem.Conflict("idempotency.keyReused", "The idempotency key belongs to another request.");

    /// <summary>CloudEvents 1.0: source and id together are unique for each distinct event.</summary>
    public static string OfCloudEvent(Uri source, string id) => Digest("cloudevent", source.OriginalString, id);

    /// <summary>An event is sent again once: whoever asks a second time gets what the first has begun.</summary>
    public static string OfResend(string eventId) => Digest("resend", eventId);

    private static string Digest(string kind, params ReadOnlySpan<string> parts)
    {
        // A separator that can be in none of the parts: ("a", "bc") and ("ab", "c") are different keys.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts)));
        return $"{kind}:{Base64Url.EncodeToString(hash)}";
    }
}
