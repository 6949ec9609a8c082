using System.Diagnostics;
using System.Net.Sockets;

namespace PushGateway.Benchmarks.Load;

/// <summary>
/// Calls at a fixed rate whatever the gateway does (an open loop): each call has its instant, and times count from it, also when it has to
/// wait for a connection to be free.
/// </summary>
/// <remarks>One thread and plain sockets, because the load shares the processors with the gateway.</remarks>
internal sealed class OpenLoop(Uri address, ILoadCalls calls, int connections)
{
    private const int PollMicroseconds = 1_000;

    /// <summary>Makes calls <paramref name="firstCall"/> and following.</summary>
    /// <exception cref="BenchmarkException">A call was not answered as it must be.</exception>
    public CallTimes Run(int firstCall, int count, double callsPerSecond, CancellationToken cancellationToken)
    {
        var open = Enumerable.Range(0, connections).Select(_ => LoadConnection.Open(address)).ToArray();
        try
        {
            return Run(open, firstCall, count, callsPerSecond, cancellationToken);
        }
        finally
        {
            Array.ForEach(open, connection => connection.Dispose());
        }
    }

    private CallTimes Run(LoadConnection[] open, int firstCall, int count, double callsPerSecond, CancellationToken cancellationToken)
    {
        var free = new Stack<LoadConnection>(open);
        var busy = open.ToDictionary(connection => connection.Socket);
        var times = new CallTimes(count);
        List<Socket> waiting = [];
        HashSet<Socket> underWay = [];
        var ticksPerCall = Stopwatch.Frequency / callsPerSecond;
        var started = Stopwatch.GetTimestamp();
        for (var next = 0; next < count || underWay.Count > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = Stopwatch.GetTimestamp();
            while (next < count && started + (long)(next * ticksPerCall) <= now && free.TryPop(out var connection))
            {
                times.DueAt[next] = started + (long)(next * ticksPerCall);
                connection.Send(firstCall + next, calls);
                times.SentAt[next] = Stopwatch.GetTimestamp();
                underWay.Add(connection.Socket);
                next++;
            }

            if (underWay.Count == 0)
            {
                // Nothing comes: a wait.
                open[0].Socket.Poll(PollMicroseconds, SelectMode.SelectRead);
                continue;
            }

            waiting.Clear();
            waiting.AddRange(underWay);
            Socket.Select(waiting, null, null, PollMicroseconds);
            foreach (var socket in waiting)
            {
                var connection = busy[socket];
                if (!connection.Receive())
                {
                    continue;
                }

                times.AnsweredAt[connection.Call - firstCall] = Stopwatch.GetTimestamp();
                if (!calls.IsGood(connection.Answer))
                {
                    throw new BenchmarkException($"A call was not answered as it must be: {connection.AnswerText()}");
                }

                underWay.Remove(socket);
                free.Push(connection);
            }
        }

        return times;
    }
}

/// <summary>When each call was due, sent and answered, on the clock of <see cref="Stopwatch.GetTimestamp"/>.</summary>
internal sealed class CallTimes(int calls)
{
    public int Calls => calls;

    public long[] DueAt { get; } = new long[calls];

    public long[] SentAt { get; } = new long[calls];

    public long[] AnsweredAt { get; } = new long[calls];
}
