using System.Net.Security;
using System.Net.Sockets;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>One client's connection, played frame by frame by the test. What the client sends is held to <see cref="ClientRules"/>.</summary>
internal sealed class ServerConnection(Socket socket, Stream stream, CancellationToken limit) : IAsyncDisposable
{
    /// <summary>Raises the connection's window far above what a test sends, so that only the streams' windows matter.</summary>
    public static readonly WireFrame AmpleWindow = WireFrame.WindowUpdate(0, int.MaxValue - 65_535);

    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly BufferedStream _input = new(stream, 64 * 1024);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<ReceivedRequest> _begun = new();
    private readonly Queue<ReceivedRequest> _complete = new();
    private bool _hasEnded;

    public ClientRules Client { get; } = new();

    public AnswerWindow Window { get; } = new();

    /// <summary>Whether PINGs of the client are answered. Default <see langword="true"/>.</summary>
    public bool AnswersPings { get; set; } = true;

    public SslStream? Tls => stream as SslStream;

    /// <summary>Reads the client's preface and SETTINGS, sends these and acknowledges the client's.</summary>
    /// <returns>The client's SETTINGS.</returns>
    public async Task<WireFrame> HandshakeAsync(params IReadOnlyList<(WireSetting Id, long Value)> settings)
    {
        var theirs = await ReadPrefaceAsync();
        await SendAsync(WireFrame.Settings(settings), WireFrame.SettingsAck, AmpleWindow);
        return theirs;
    }

    /// <summary>Reads the 24 bytes and the SETTINGS that follow them (RFC 9113, section 3.4).</summary>
    public async Task<WireFrame> ReadPrefaceAsync()
    {
        var preface = new byte[s_preface.Length];
        await _input.ReadExactlyAsync(preface, limit);
        Assert.Equal(s_preface, preface);
        var settings = await ReadFrameAsync();
        Assert.Equal(WireFrameType.Settings, settings.Type);
        Assert.False(settings.IsAck);
        return settings;
    }

    /// <summary>The next frame, or <see langword="null"/> when the client has closed. Requests are kept for <see cref="ReadRequestAsync"/>.</summary>
    public async Task<WireFrame?> TryReadFrameAsync()
    {
        try
        {
            var head = new byte[9];
            if (await _input.ReadAtLeastAsync(head, 1, throwOnEndOfStream: false, limit) is var read and > 0)
            {
                await _input.ReadExactlyAsync(head.AsMemory(read), limit);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _input.ReadExactlyAsync(payload, limit);
                var frame = new WireFrame((WireFrameType)head[3], head[4], ((head[5] & 127) << 24) | (head[6] << 16) | (head[7] << 8) | head[8], payload);
                await NoteAsync(frame);
                return frame;
            }
        }
        catch (IOException)
        {
            // Closed in the middle or reset: closed all the same.
        }

        return null;
    }

    /// <exception cref="EndOfStreamException">The client closed instead.</exception>
    public async Task<WireFrame> ReadFrameAsync() => await TryReadFrameAsync() ?? throw new EndOfStreamException("The client closed the connection.");

    /// <summary>The next frame of the type, passing over others.</summary>
    public async Task<WireFrame> ReadFrameAsync(WireFrameType type, Func<WireFrame, bool>? condition = null)
    {
        while (true)
        {
            var frame = await ReadFrameAsync();
            if (frame.Type == type && (condition is null || condition(frame)))
            {
                return frame;
            }
        }
    }

    /// <summary>The next stream whose HEADERS have arrived, its body perhaps not.</summary>
    public async Task<ReceivedRequest> ReadHeadersAsync()
    {
        ReceivedRequest? begun;
        while (!_begun.TryDequeue(out begun))
        {
            await ReadFrameAsync();
        }

        return begun;
    }

    /// <summary>The next request that has arrived whole.</summary>
    public async Task<ReceivedRequest> ReadRequestAsync() => await TryReadRequestAsync() ?? throw new EndOfStreamException("The client closed the connection.");

    /// <summary>The next request that has arrived whole, or <see langword="null"/> when the client has closed.</summary>
    public async Task<ReceivedRequest?> TryReadRequestAsync()
    {
        ReceivedRequest? complete;
        while (!_complete.TryDequeue(out complete))
        {
            if (await TryReadFrameAsync() is null)
            {
                return null;
            }
        }

        return complete;
    }

    public async Task<List<ReceivedRequest>> ReadRequestsAsync(int count)
    {
        var requests = new List<ReceivedRequest>(count);
        while (requests.Count < count)
        {
            requests.Add(await ReadRequestAsync());
        }

        return requests;
    }

    /// <summary>Reads until the client has acknowledged all SETTINGS sent so far.</summary>
    public async Task ReadSettingsAckAsync()
    {
        while (Client.Unacknowledged > 0)
        {
            await ReadFrameAsync();
        }
    }

    /// <summary>Sends a PING and reads to its answer: by then the client has taken in all that was sent before. What it sends because of that may still follow.</summary>
    public async Task PingAsync()
    {
        await SendAsync(WireFrame.Ping(0x1234));
        var answer = await ReadFrameAsync(WireFrameType.Ping, frame => frame.IsAck);
        Assert.Equal(WireFrame.Ping(0x1234).Payload, answer.Payload);
    }

    /// <summary>Fails unless exactly so many bytes of a body arrive: no fewer, and none more after the client has had its turn.</summary>
    public async Task ExpectBodyLengthAsync(ReceivedRequest request, int length)
    {
        while (request.BodyLength < length)
        {
            await ReadFrameAsync();
        }

        await PingAsync();
        await PingAsync();
        Assert.Equal(length, request.BodyLength);
    }

    /// <summary>Answers with 200 and the request's own body.</summary>
    public Task EchoAsync(ReceivedRequest request) => SendAsync([.. WireFrame.Answer(request.StreamId, 200, request.Body)]);

    /// <summary>Answers with a body of any length, kept within the client's windows; ends early when the client resets the stream.</summary>
    public async Task AnswerLargeAsync(ReceivedRequest request, int status, ReadOnlyMemory<byte> body)
    {
        const int MaxFrameSize = 16_384;
        await SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Status(status)));
        do
        {
            var part = body[..Math.Min(body.Length, MaxFrameSize)];
            body = body[part.Length..];
            while (!Window.TryTake(request.StreamId, part.Length))
            {
                await ReadFrameAsync();
                if (request.IsReset)
                {
                    return;
                }
            }

            await SendAsync(WireFrame.Data(request.StreamId, part.ToArray(), endStream: body.IsEmpty));
        }
        while (!body.IsEmpty);
    }

    public Task AnswerAsync(ReceivedRequest request, int status, string body = "") => SendAsync([.. WireFrame.Answer(request.StreamId, status, body)]);

    /// <summary>Answers requests with their own body until the client closes.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ServeAsync()
    {
        var count = 0;
        for (; await TryReadRequestAsync() is { } request; count++)
        {
            await EchoAsync(request);
        }

        return count;
    }

    /// <summary>Sends frames in one piece.</summary>
    public async Task SendAsync(params IReadOnlyList<WireFrame> frames)
    {
        foreach (var frame in frames)
        {
            Client.Sent(frame);
        }

        await SendRawAsync(frames.SelectMany(frame => frame.ToBytes()).ToArray());
    }

    /// <summary>Sends bytes of which the rules take no note.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync(limit);
        try
        {
            await stream.WriteAsync(bytes, limit);
            await stream.FlushAsync(limit);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends a frame that may be so wrong that the client closes before it has read it all.</summary>
    public async Task SendViolationAsync(WireFrame frame)
    {
        try
        {
            await SendRawAsync(frame.ToBytes());
        }
        catch (IOException)
        {
            // Closed meanwhile; the GOAWAY is there to be read all the same.
        }
    }

    /// <summary>Sends frames one byte at a time, each in a TLS record or TCP segment of its own.</summary>
    public async Task SendByteByByteAsync(params IReadOnlyList<WireFrame> frames)
    {
        foreach (var frame in frames)
        {
            Client.Sent(frame);
            foreach (var value in frame.ToBytes())
            {
                await SendRawAsync(new[] { value });
            }
        }
    }

    /// <summary>Fails unless the client ends the connection with a GOAWAY that has this error (RFC 9113, section 5.4.1).</summary>
    public async Task ExpectConnectionErrorAsync(WireError error)
    {
        var goAway = await ReadFrameAsync(WireFrameType.GoAway);
        Assert.Equal(error, goAway.Error);
        await ExpectCloseAsync();
    }

    /// <summary>Fails unless the client closes in time.</summary>
    public async Task ExpectCloseAsync()
    {
        while (await TryReadFrameAsync() is not null)
        {
        }
    }

    /// <summary>Ends the server's side in good order: what was sent arrives, then the end.</summary>
    public async Task EndAsync()
    {
        _hasEnded = true;
        if (Tls is not null)
        {
            await Tls.ShutdownAsync();
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Cuts the connection with a TCP reset.</summary>
    public void Abort()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        await stream.DisposeAsync();
        socket.Dispose();
        _sending.Dispose();
    }

    private async Task NoteAsync(WireFrame frame)
    {
        Window.Received(frame);
        var request = Client.Received(frame);
        if (request is not null && frame.Type is WireFrameType.Headers or WireFrameType.Continuation)
        {
            _begun.Enqueue(request!);
        }

        if (request is { HasEnded: true })
        {
            _complete.Enqueue(request);
        }

        if (frame.Type == WireFrameType.Ping && !frame.IsAck && AnswersPings && !_hasEnded)
        {
            await SendAsync(frame with { Flags = WireFrame.Ack });
        }
    }
}
