using System.Text;
using System.Text.Json;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Apns.Answers;

/// <summary>Reads the body of an error answer: <c>{"reason":"…","timestamp":…}</c>. Anything else reads as no reason.</summary>
internal sealed class ApnsAnswerReader
{
    private readonly ReasonVocabulary _vocabulary = new(ApnsAnswerTable.Reasons);

    /// <returns>
    /// The reason, never <see langword="null"/>, and the <c>timestamp</c> of a 410: when APNs last confirmed that the token was invalid.
    /// </returns>
    public (string Reason, DateTimeOffset? InvalidSince) Read(ReadOnlySpan<byte> body)
    {
        var reason = GatewayReasons.UnknownReason;
        DateTimeOffset? invalidSince = null;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return (reason, null);
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isReason = reader.ValueTextEquals("reason"u8);
                var isTimestamp = reader.ValueTextEquals("timestamp"u8);
                reader.Read();
                if (isReason && reader.TokenType == JsonTokenType.String)
                {
                    reason = ReadReason(ref reader);
                }
                else if (isTimestamp && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var milliseconds))
                {
                    invalidSince = ToInstant(milliseconds);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // A truncated body, or no JSON: what was read before the break still counts.
        }

        return (reason, invalidSince);
    }

    private string ReadReason(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > ReasonVocabulary.MaxWordLength)
        {
            return GatewayReasons.UnknownReason;
        }

        Span<char> word = stackalloc char[ReasonVocabulary.MaxWordLength];
        return Encoding.UTF8.TryGetChars(reader.ValueSpan, word, out var length) ? _vocabulary.Resolve(word[..length]) : GatewayReasons.UnknownReason;
    }

    private static DateTimeOffset? ToInstant(long milliseconds) =>
        milliseconds >= 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
