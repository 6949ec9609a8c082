using System.Diagnostics;

namespace PushGateway.Benchmarks.Sink;

/// <summary>Answers of one connection that have to wait. The delay is the same for all, so the one that came first is due first.</summary>
/// <remarks>They leave within a millisecond of their time, as often before as after it: a thread cannot sleep more exactly, and a mean that is right is what a rate needs.</remarks>
internal sealed class DelayedAnswers(TimeSpan delay, int answerLength, Action<ReadOnlySpan<int>> send, SinkCounters counters)
{
    /// <summary>A client that opens more streams than this at once has not read the settings.</summary>
    private const int Capacity = 1 << 16;

    private static readonly long s_halfMillisecond = Stopwatch.Frequency / 2_000;

    private readonly object _gate = new();
    private readonly long _delay = (long)(delay.TotalSeconds * Stopwatch.Frequency);
    private readonly int[] _streams = new int[Capacity];
    private readonly long[] _arrivedAt = new long[Capacity];
    private readonly int[] _due = new int[SinkConnection.OutputBytes / answerLength];
    private int _head;
    private int _count;
    private bool _isClosed;

    /// <exception cref="InvalidDataException">The client has opened far more streams than it may.</exception>
    public void Add(int stream, long arrivedAt)
    {
        lock (_gate)
        {
            if (_count == Capacity)
            {
                throw new InvalidDataException("The client ignores the limit of streams.");
            }

            var tail = (_head + _count) & (Capacity - 1);
            _streams[tail] = stream;
            _arrivedAt[tail] = arrivedAt;
            if (_count++ == 0)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Sends what is due until <see cref="Close"/>.</summary>
    public void Run()
    {
        while (TakeDue() is { Length: > 0 } due)
        {
            send(due);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <returns>Nothing when the connection has closed.</returns>
    private ReadOnlySpan<int> TakeDue()
    {
        lock (_gate)
        {
            while (!_isClosed)
            {
                if (_count == 0)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                var now = Stopwatch.GetTimestamp();
                var wait = _arrivedAt[_head] + _delay - now - s_halfMillisecond;
                if (wait > 0)
                {
                    Monitor.Wait(_gate, (int)Math.Ceiling(wait * 1_000d / Stopwatch.Frequency));
                    continue;
                }

                return Take(now);
            }

            return [];
        }
    }

    private ReadOnlySpan<int> Take(long now)
    {
        var taken = 0;
        for (; _count > 0 && taken < _due.Length && _arrivedAt[_head] + _delay - now <= s_halfMillisecond; taken++)
        {
            _due[taken] = _streams[_head];
            counters.DelaySum += now - _arrivedAt[_head];
            _head = (_head + 1) & (Capacity - 1);
            _count--;
        }

        counters.DelayedAnswers += taken;
        return _due.AsSpan(0, taken);
    }
}
