using System.Diagnostics;

namespace PushGateway.Benchmarks.Sink;

/// <summary>When the first request since the last reset arrived. One read of a shared field for each request after it.</summary>
internal sealed class FirstRequest : IDisposable
{
    private readonly ManualResetEventSlim _arrived = new();
    private long _at;

    /// <summary>On the clock of <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    public long At => Volatile.Read(ref _at);

    public void Note(long timestamp)
    {
        if (Volatile.Read(ref _at) == 0 && Interlocked.CompareExchange(ref _at, timestamp, 0) == 0)
        {
            _arrived.Set();
        }
    }

    /// <returns><see langword="false"/> when none came in time.</returns>
    public bool Wait(TimeSpan limit) => _arrived.Wait(limit);

    public void Reset()
    {
        _arrived.Reset();
        Volatile.Write(ref _at, 0);
    }

    public void Dispose() => _arrived.Dispose();
}
