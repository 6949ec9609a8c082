using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>Closing a pool while a connection is being made.</summary>
public sealed class DisposeTests
{
    [Fact]
    public async Task Dispose_WhileDialling_EndsAtOnceAndTellsOfNoError()
    {
        var time = new FakeTimeProvider();
        var log = new LogList();

        // Never answers the TLS greeting.
        await using var server = FrameServer.Start(new FrameServerOptions { Tls = false });
        var pool = Pools.CreateInside(new UriBuilder(server.Endpoint) { Scheme = "https" }.Uri, timeProvider: time, logger: log);
        using var stop = new CancellationTokenSource();
        var batch = new EchoBatch("a", 3);
        var sending = pool.SendAsync(batch, stop.Token).InTime();
        await using var connection = await server.AcceptSilentAsync();

        await stop.CancelAsync();
        await sending;
        await pool.DisposeAsync().AsTask().InTime();
        await connection.ExpectCloseAsync().InTime();

        Assert.Empty(batch.Answers);
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Dispose_WhileTheServersSettingsAreAwaited_EndsAtOnceAndTellsOfNoError()
    {
        var time = new FakeTimeProvider();
        var log = new LogList();
        await using var server = FrameServer.Start();
        var pool = Pools.CreateInside(server.Endpoint, timeProvider: time, logger: log);
        using var stop = new CancellationTokenSource();
        var sending = pool.SendAsync(new EchoBatch("a", 3), stop.Token).InTime();
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();

        await stop.CancelAsync();
        await sending;
        await pool.DisposeAsync().AsTask().InTime();
        await connection.ExpectCloseAsync().InTime();

        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Warning);
    }
}
