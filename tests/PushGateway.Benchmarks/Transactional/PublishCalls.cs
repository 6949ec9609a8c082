using System.Buffers.Text;
using System.Globalization;
using System.Text;
using PushGateway.Benchmarks.Load;

namespace PushGateway.Benchmarks.Transactional;

/// <summary>The calls of a run as bytes of HTTP/1.1: each event is for one subscriber, has an idempotency key and carries its number.</summary>
/// <remarks>All but numbers is made in advance, so that the load costs little beside what it loads.</remarks>
internal sealed class PublishCalls : ILoadCalls
{
    /// <summary>Digits of an event's number, always all of them, so that the length of a body is known in advance.</summary>
    public const int Digits = 9;

    /// <summary>What stands before an event's number in whatever a provider is sent.</summary>
    public const string Marker = "\"seq\":\"";

    // Coprime to any number of subscribers that has no such factor: neighbours in time are no neighbours in the store.
    private const long Stride = 7_919;

    private static readonly byte[] s_number = Encoding.ASCII.GetBytes("{number:9}");
    private static readonly byte[] s_subscriber = Encoding.ASCII.GetBytes("{subscriber}");

    private readonly int _eventsPerCall;
    private readonly int _subscribers;
    private readonly byte[] _single;
    private readonly byte[] _headBeforeLength;
    private readonly byte[] _item;

    /// <param name="run">Makes the keys of this run its own.</param>
    public PublishCalls(Uri address, string appId, string adminKey, int eventsPerCall, int subscribers, string run)
    {
        (_eventsPerCall, _subscribers) = (eventsPerCall, subscribers);
        var common = $"Host: {address.Authority}\r\nAuthorization: Bearer {adminKey}\r\nContent-Type: application/json\r\n";
        const string Body =
            """
            {"type":"parcel.delivered","audience":{"subscribers":["{subscriber}"]},"notification":{"title":"Your parcel has arrived","body":"It was left with a neighbour."},"data":{"seq":"{number:9}"},"options":{"ttlSeconds":3600}}
            """;
        _single = Encoding.ASCII.GetBytes(
            $"POST /v1/apps/{appId}/events HTTP/1.1\r\n{common}Idempotency-Key: parcel-{run}-{{number:9}}\r\nContent-Length: {{length}}\r\n\r\n{Body}");
        _headBeforeLength = Encoding.ASCII.GetBytes($"POST /v1/apps/{appId}/events/batch HTTP/1.1\r\n{common}Content-Length: ");
        _item = Encoding.ASCII.GetBytes($"{{\"idempotencyKey\":\"parcel-{run}-{{number:9}}\",{Body[1..]}");
    }

    public ReadOnlyMemory<byte> Write(int call, ref byte[] buffer)
    {
        var firstEvent = (long)call * _eventsPerCall;
        if (_eventsPerCall == 1)
        {
            return WriteSingle(firstEvent, ref buffer);
        }

        var room = _eventsPerCall * (_item.Length + 32);
        if (buffer.Length < room + 1_024)
        {
            buffer = new byte[room + 1_024];
        }

        // The body first, behind room for the head, whose length is known only then.
        const int HeadRoom = 512;
        var at = HeadRoom;
        at += Copy("{\"events\":["u8, buffer.AsSpan(at));
        for (var index = 0; index < _eventsPerCall; index++)
        {
            at += index == 0 ? 0 : Copy(","u8, buffer.AsSpan(at));
            at += Fill(_item, firstEvent + index, 0, buffer.AsSpan(at));
        }

        at += Copy("]}"u8, buffer.AsSpan(at));
        Span<byte> head = stackalloc byte[HeadRoom];
        _headBeforeLength.CopyTo(head);
        var headLength = _headBeforeLength.Length;
        Utf8Formatter.TryFormat(at - HeadRoom, head[headLength..], out var written);
        headLength += written;
        headLength += Copy("\r\n\r\n"u8, head[headLength..]);
        head[..headLength].CopyTo(buffer.AsSpan(HeadRoom - headLength));
        return buffer.AsMemory(HeadRoom - headLength, at - HeadRoom + headLength);
    }

    public bool IsGood(ReadOnlySpan<byte> answer) => _eventsPerCall == 1
        ? answer.StartsWith("HTTP/1.1 202 "u8)
        : answer.Count("\"status\":202,"u8) == _eventsPerCall;

    private ReadOnlyMemory<byte> WriteSingle(long number, ref byte[] buffer)
    {
        if (buffer.Length < _single.Length + 64)
        {
            buffer = new byte[_single.Length + 64];
        }

        var body = _single.AsSpan()[(_single.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        var subscriber = Subscriber(number);
        var bodyLength = body.Length - s_number.Length + Digits - s_subscriber.Length + SubscriberLength(subscriber);
        return buffer.AsMemory(0, Fill(_single, number, bodyLength, buffer));
    }

    private int Fill(ReadOnlySpan<byte> template, long number, int bodyLength, Span<byte> destination)
    {
        var at = 0;
        while (template.IndexOf((byte)'{') is var open && open >= 0)
        {
            var rest = template[open..];
            at += Copy(template[..open], destination[at..]);
            if (rest.StartsWith(s_number))
            {
                Utf8Formatter.TryFormat(number, destination[at..], out var written, new System.Buffers.StandardFormat('D', Digits));
                at += written;
                template = rest[s_number.Length..];
            }
            else if (rest.StartsWith(s_subscriber))
            {
                destination[at++] = (byte)'u';
                Utf8Formatter.TryFormat(Subscriber(number), destination[at..], out var written);
                at += written;
                template = rest[s_subscriber.Length..];
            }
            else if (rest.StartsWith("{length}"u8))
            {
                Utf8Formatter.TryFormat(bodyLength, destination[at..], out var written);
                at += written;
                template = rest["{length}".Length..];
            }
            else
            {
                destination[at++] = (byte)'{';
                template = rest[1..];
            }
        }

        return at + Copy(template, destination[at..]);
    }

    private long Subscriber(long number) => number * Stride % _subscribers;

    private static int SubscriberLength(long subscriber) => 1 + subscriber.ToString(CultureInfo.InvariantCulture).Length;

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        source.CopyTo(destination);
        return source.Length;
    }
}
