using System.Diagnostics;
using System.Net.Sockets;

namespace PushGateway.Benchmarks.Transactional;

/// <summary>
/// Publishes at a fixed rate whatever the gateway does (an open loop): each call has its instant, and times count from it, also when it has to
/// wait for a connection to be free.
/// </summary>
/// <remarks>One thread and plain sockets, because the load shares the processors with the gateway.</remarks>
internal sealed class PublishLoad(Uri address, PublishCalls calls, int eventsPerCall, int connections)
{
    private const int PollMicroseconds = 1_000;

    /// <summary>Publishes events <paramref name="firstEvent"/> and following.</summary>
    /// <exception cref="BenchmarkException">An event was not accepted.</exception>
    public PublishTimes Run(long firstEvent, int events, int perSecond, CancellationToken cancellationToken)
    {
        var open = Enumerable.Range(0, connections).Select(_ => PublishConnection.Open(address)).ToArray();
        try
        {
            return Run(open, (int)(firstEvent / eventsPerCall), events / eventsPerCall, (double)perSecond / eventsPerCall, cancellationToken);
        }
        finally
        {
            Array.ForEach(open, connection => connection.Dispose());
        }
    }

    private PublishTimes Run(PublishConnection[] open, int firstCall, int count, double callsPerSecond, CancellationToken cancellationToken)
    {
        var free = new Stack<PublishConnection>(open);
        var busy = open.ToDictionary(connection => connection.Socket);
        var times = new PublishTimes(firstCall, count, eventsPerCall);
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
                connection.Send(firstCall + next, calls, eventsPerCall);
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
                if (connection.CountAccepted(eventsPerCall) != eventsPerCall)
                {
                    throw new BenchmarkException($"Of {eventsPerCall} events of a call not all were accepted: {connection.Answer()}");
                }

                underWay.Remove(socket);
                free.Push(connection);
            }
        }

        return times;
    }
}

/// <summary>When each call was due, sent and answered, on the clock of <see cref="Stopwatch.GetTimestamp"/>.</summary>
internal sealed class PublishTimes(int firstCall, int calls, int eventsPerCall)
{
    public int Calls => calls;

    public long FirstEvent => (long)firstCall * eventsPerCall;

    public int Events => calls * eventsPerCall;

    public long[] DueAt { get; } = new long[calls];

    public long[] SentAt { get; } = new long[calls];

    public long[] AnsweredAt { get; } = new long[calls];

    /// <param name="index">Of an event, 0 for the first of the run.</param>
    public int CallOf(int index) => index / eventsPerCall;
}
