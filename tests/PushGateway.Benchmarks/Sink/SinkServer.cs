using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace PushGateway.Benchmarks.Sink;

/// <summary>An HTTP/2 server on loopback that answers every request with the same bytes, as cheaply as it can.</summary>
internal sealed class SinkServer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<SinkConnection> _open = [];
    private readonly SinkCounters _closed = new();
    private readonly FirstRequest _first = new();
    private readonly Arrivals? _arrivals;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SslServerAuthenticationOptions _tlsOptions;
    private readonly SinkOptions _options;
    private readonly AnswerFrames _answer;
    private SinkStats _atReset = new();
    private SinkCounters _countersAtReset = new();
    private long _connections;
    private long _failedConnections;
    private volatile bool _isClosing;

    public SinkServer(SinkOptions options, X509Certificate2 certificate)
    {
        (_options, _answer) = (options, new AnswerFrames(options.HasApnsId));
        _arrivals = options.Arrivals > 0 ? new Arrivals(options.Arrivals) : null;
        _tlsOptions = new SslServerAuthenticationOptions
        {
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
        };
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Endpoint = new Uri($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
    }

    public Uri Endpoint { get; }

    public void Start() => new Thread(Accept) { IsBackground = true, Name = "sink accept" }.Start();

    /// <summary>Counts from now on.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _countersAtReset = Sum();
            _atReset = new SinkStats { Connections = _connections, FailedConnections = _failedConnections, CpuSeconds = CpuSeconds };
            _first.Reset();
        }
    }

    /// <summary>Waits for the first request since the last reset.</summary>
    /// <returns>Whether one came in time.</returns>
    public bool WaitForFirst(TimeSpan limit) => _first.Wait(limit);

    /// <summary>Writes what <see cref="Arrivals"/> has noted.</summary>
    public void WriteArrivals(string file) => _arrivals?.Write(file);

    public SinkStats ReadStats()
    {
        lock (_lock)
        {
            var now = Sum();
            var answers = now.DelayedAnswers - _countersAtReset.DelayedAnswers;
            return new SinkStats
            {
                Requests = now.Requests - _countersAtReset.Requests,
                Connections = _connections - _atReset.Connections,
                OpenConnections = _open.Count,
                FailedConnections = _failedConnections - _atReset.FailedConnections,
                GoAways = now.GoAways - _countersAtReset.GoAways,
                Gone = now.Gone - _countersAtReset.Gone,
                Throttled = now.Throttled - _countersAtReset.Throttled,
                Unavailable = now.Unavailable - _countersAtReset.Unavailable,
                GoAwaysSent = now.GoAwaysSent - _countersAtReset.GoAwaysSent,
                BytesIn = now.BytesIn - _countersAtReset.BytesIn,
                BytesOut = now.BytesOut - _countersAtReset.BytesOut,
                WireBytesIn = now.WireBytesIn - _countersAtReset.WireBytesIn,
                WireBytesOut = now.WireBytesOut - _countersAtReset.WireBytesOut,
                FirstRequestAt = _first.At,
                TakenAt = Stopwatch.GetTimestamp(),
                CpuSeconds = CpuSeconds - _atReset.CpuSeconds,
                MeanDelayMs = answers == 0 ? 0 : (now.DelaySum - _countersAtReset.DelaySum) * 1_000d / Stopwatch.Frequency / answers,
            };
        }
    }

    public void Dispose()
    {
        _isClosing = true;
        _listener.Dispose();
        _first.Dispose();
    }

    private static double CpuSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    private void Accept()
    {
        while (!_isClosing)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (Exception exception) when (_isClosing && (exception is SocketException or ObjectDisposedException))
            {
                return;
            }

            socket.NoDelay = true;
            new Thread(() => Serve(socket)) { IsBackground = true, Name = "sink connection" }.Start();
        }
    }

    private void Serve(Socket socket)
    {
        using var connection = new SinkConnection(socket, Interlocked.Increment(ref _connections), _tlsOptions, _options, _answer, _first, _arrivals);
        lock (_lock)
        {
            _open.Add(connection);
        }

        var isGood = connection.Run();
        lock (_lock)
        {
            _open.Remove(connection);
            _closed.Add(connection.Counters);
            if (!isGood)
            {
                _failedConnections++;
            }
        }
    }

    private SinkCounters Sum()
    {
        var sum = new SinkCounters();
        sum.Add(_closed);
        foreach (var connection in _open)
        {
            sum.Add(connection.Counters);
        }

        return sum;
    }
}
