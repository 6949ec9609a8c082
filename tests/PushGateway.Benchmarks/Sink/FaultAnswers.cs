using System.Buffers.Binary;
using System.Text;

namespace PushGateway.Benchmarks.Sink;

/// <summary>
/// Refusals in a fixed mixture, by the number of the request on its connection: of 200, two say that the token is dead, two that it went too fast (with
/// Retry-After), one that the provider is unavailable. And a GOAWAY after so many requests.
/// </summary>
/// <remarks>A repeat has the same chances as a first attempt. The first ones on a connection are good, as a credential on trial needs.</remarks>
internal sealed class FaultAnswers
{
    public const int GoAwayInterval = 50_000;

    /// <summary>
    /// The first connections of a sink end sooner: their code is compiled for speed only when it has run so often, and with the interval that would be in the middle of
    /// what is measured.
    /// </summary>
    public const int WarmUpConnections = 60;

    /// <summary>Requests on each of the first connections.</summary>
    public const int WarmUpInterval = 500;

    /// <summary>Of the answers, those that say that the token is dead.</summary>
    public const double GoneShare = 0.01;

    /// <summary>Seconds: long enough that the device has to wait in the store.</summary>
    public const int RetryAfterSeconds = 5;

    private const int StreamIdOffset = 5;

    private readonly byte[] _gone;
    private readonly byte[] _throttled;
    private readonly byte[] _unavailable;

    public FaultAnswers(FaultKind kind)
    {
        var isApns = kind == FaultKind.Apns;

        // Apple's timestamp lies before every registration, so that the same devices are there for the next round.
        _gone = isApns ? Make("410", """{"reason":"Unregistered","timestamp":1000000000000}""") : Make("404", Google(404, "NOT_FOUND", "UNREGISTERED"));
        _throttled = isApns
            ? Make("429", """{"reason":"TooManyRequests"}""", RetryAfterSeconds)
            : Make("429", Google(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), RetryAfterSeconds);
        _unavailable = isApns ? Make("503", """{"reason":"ServiceUnavailable"}""") : Make("503", Google(503, "UNAVAILABLE", "UNAVAILABLE"));
    }

    /// <param name="number">Of the request on its connection, from 1.</param>
    /// <returns>The refusal's frames, to be completed by <see cref="Write"/>; nothing when the request is accepted.</returns>
    public ReadOnlySpan<byte> Pick(long number, SinkCounters counters)
    {
        switch (number % 200)
        {
            case 99 or 199:
                counters.Gone++;
                return _gone;
            case 49 or 149:
                counters.Throttled++;
                return _throttled;
            case 25:
                counters.Unavailable++;
                return _unavailable;
            default:
                return [];
        }
    }

    /// <summary>Both frames are of one stream.</summary>
    public static void Write(ReadOnlySpan<byte> answer, Span<byte> destination, int stream)
    {
        answer.CopyTo(destination);
        BinaryPrimitives.WriteInt32BigEndian(destination[StreamIdOffset..], stream);
        var headers = FrameTypes.HeaderLength + ((destination[0] << 16) | (destination[1] << 8) | destination[2]);
        BinaryPrimitives.WriteInt32BigEndian(destination[(headers + StreamIdOffset)..], stream);
    }

    private static string Google(int code, string status, string errorCode) =>
        $$$"""{"error":{"code":{{{code}}},"message":"x","status":"{{{status}}}","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"{{{errorCode}}}"}]}}""";

    /// <summary>HEADERS, then DATA that ends the stream; the stream ids are left open.</summary>
    private static byte[] Make(string status, string body, int? retryAfter = null)
    {
        // RFC 7541, section 6.2.2: literals that are not indexed, with names of the static table: 8 is :status, 53 (15 and 38) is retry-after.
        List<byte> fields = [0x08, (byte)status.Length, .. Encoding.ASCII.GetBytes(status)];
        if (retryAfter is { } seconds)
        {
            var text = Encoding.ASCII.GetBytes($"{seconds}");
            fields.AddRange([0x0f, 38, (byte)text.Length, .. text]);
        }

        var bytes = Encoding.ASCII.GetBytes(body);
        return
        [
            0, 0, (byte)fields.Count, FrameTypes.Headers, FrameTypes.EndHeaders, 0, 0, 0, 0, .. fields,
            0, (byte)(bytes.Length >> 8), (byte)bytes.Length, FrameTypes.Data, FrameTypes.EndStream, 0, 0, 0, 0, .. bytes,
        ];
    }
}
