using System.Net;
using System.Net.Sockets;
using PushGateway.Http2.Pooling;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>The system's clock is set while connections fail.</summary>
public sealed class SteadyTimeProviderTests
{
    [Fact]
    public void GetUtcNow_ClockIsSet_GoesOnFromWhereItStood()
    {
        var clock = new SettableClock();
        var steady = new SteadyTimeProvider(clock);
        var before = steady.GetUtcNow();
        clock.Set(TimeSpan.FromHours(-1));
        Assert.InRange(steady.GetUtcNow() - before, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        clock.Set(TimeSpan.FromHours(5));
        Assert.InRange(steady.GetUtcNow() - before, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Breaker_ClockSetBackWhileItIsOpen_ClosesAllTheSame()
    {
        var clock = new SettableClock();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var pool = Pools.CreateInside(new Uri($"https://127.0.0.1:{port}"), timeProvider: clock);
        for (var failure = 0; failure < 8; failure++)
        {
            await pool.SendInTimeAsync(new EchoBatch("a", 1));
        }

        clock.Set(TimeSpan.FromHours(-1));
        using var server = new TcpListener(IPAddress.Loopback, port);
        server.Start();
        var accepting = server.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        var started = TimeProvider.System.GetTimestamp();
        while (!accepting.IsCompleted)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "Nothing is connected to any more.");
            var sending = pool.SendAsync(new EchoBatch("a", 1), TestContext.Current.CancellationToken);
            await Task.WhenAny(sending, accepting);
        }

        (await accepting).Dispose();
    }

    private sealed class SettableClock : TimeProvider
    {
        private long _offsetTicks;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _offsetTicks));

        public void Set(TimeSpan step) => Interlocked.Add(ref _offsetTicks, step.Ticks);
    }
}
