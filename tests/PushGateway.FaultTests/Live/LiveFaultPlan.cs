using System.Globalization;

namespace PushGateway.FaultTests.Live;

/// <summary>What happens in one run of live followers: all of it follows from a seed, but for what the machine's pace adds.</summary>
/// <param name="Nodes">Gateways: several on one PostgreSQL, with a broker, or one on SQLite, without.</param>
/// <param name="Clients">Of each transport.</param>
/// <param name="Channels">There are.</param>
/// <param name="ChannelsOfEach">Each client follows, of them.</param>
/// <param name="EventsPerSecond">Over all channels.</param>
/// <param name="HistoryMessages">As the gateways are set.</param>
/// <param name="Absence">For how many messages of its channel one client of each transport stays away after its first break; 0 for not at all.</param>
/// <param name="Moments">In the order of their times.</param>
internal sealed record LiveFaultPlan(
    int Seed, int Scale, int Nodes, int Clients, int Channels, int ChannelsOfEach, TimeSpan Duration, int EventsPerSecond, int HistoryMessages, int Absence, IReadOnlyList<LiveMoment> Moments)
{
    private const int SharingNodes = 2;

    /// <summary>From here on a run is the whole: 100 clients of each transport, 10 channels, two minutes.</summary>
    public const int WholeScale = 20;

    /// <summary>More than a run publishes: whoever comes back finds everything.</summary>
    private const int WholeHistory = 100_000;

    /// <summary>Of all clients of a transport together, at the least one for each: they all come back at once, to two gateways on one machine.</summary>
    private const int StreamsOfEachTransport = 15;

    /// <summary>The least there may be.</summary>
    private const int ShortHistory = 10;

    /// <summary>More than a short history keeps at times, 63 beyond what it is set to.</summary>
    private const int MissedInAbsence = 120;

    /// <summary>Messages in one channel. Not a time: how long a gateway needs for its start is the machine's.</summary>
    private const int MostBetweenKills = 60;

    /// <summary>At the least: publishing goes on until the last kill.</summary>
    private static readonly TimeSpan s_soleDuration = TimeSpan.FromSeconds(1);

    /// <summary>The time for which the machine has to live through what was done to it, before the next such thing.</summary>
    private static readonly TimeSpan s_heavyPause = TimeSpan.FromSeconds(12);

    public bool IsSole => Nodes == 1;

    /// <summary>Whether a client may have to be told that messages are gone.</summary>
    public bool MayMiss => Absence > 0;

    /// <summary>Even seeds keep everything; odd ones next to nothing.</summary>
    public static LiveFaultPlan Of(int seed, int scale)
    {
        var clients = Math.Min(100, 5 * scale);
        var channels = Math.Min(10, 2 + scale);
        var duration = TimeSpan.FromSeconds(Math.Min(120, 15 * scale));
        // What all clients together are sent in a second is what the machine has to bear.
        var eventsPerSecond = Math.Clamp(2_000 / clients, 20, 50);
        var isShort = seed % 2 != 0;
        return new LiveFaultPlan(
            seed, scale, SharingNodes, clients, channels, Math.Clamp(StreamsOfEachTransport / clients, 1, channels), duration, eventsPerSecond, isShort ? ShortHistory : WholeHistory, isShort ? MissedInAbsence : 0, Plan(new Random(seed), duration));
    }

    /// <summary>One gateway that is killed again and again, and nothing else: each time all its clients are back at once. Seeds as in <see cref="Of"/>.</summary>
    public static LiveFaultPlan OfSole(int seed, int scale)
    {
        var clients = Math.Min(50, 2 * scale);
        var channels = Math.Min(10, 1 + scale);
        var isShort = seed % 2 != 0;
        var random = new Random(seed);
        var kills = Enumerable.Range(0, Math.Min(40, 2 * scale)).Select(_ => new LiveMoment(0, LiveFault.KillNode, 0, random.Next(1, MostBetweenKills))).ToList();
        return new LiveFaultPlan(
            seed, scale, 1, clients, channels, Math.Clamp(StreamsOfEachTransport / clients, 1, channels), s_soleDuration, Math.Clamp(4_000 / clients, 20, 200), isShort ? ShortHistory : WholeHistory, isShort ? MissedInAbsence : 0, kills);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Seed}, scale {Scale}: {(IsSole ? "one gateway" : $"{Nodes} gateways")}, {Clients} clients of each transport, {Channels} channels, {ChannelsOfEach} of them for each client, {Duration.TotalSeconds:F0} s at the least, history of {HistoryMessages}\n{string.Join('\n', Moments)}");

    private static List<LiveMoment> Plan(Random random, TimeSpan duration)
    {
        List<LiveMoment> moments = [];
        var end = (int)duration.TotalMilliseconds;
        // A kill is always among them; a gateway is away for seconds, a broker for longer.
        var heavy = new Queue<LiveFault>([LiveFault.KillNode, LiveFault.KillBroker, LiveFault.StopNode]);
        for (var at = end / 10; at < end * 9 / 10; at += random.Next((int)s_heavyPause.TotalMilliseconds / 3, (int)s_heavyPause.TotalMilliseconds))
        {
            var fault = heavy.TryDequeue(out var first) ? first : (LiveFault)random.Next((int)LiveFault.KillNode, (int)LiveFault.KillBroker + 1);
            moments.Add(new LiveMoment(at, fault, random.Next(SharingNodes), random.Next(200, 2_000)));
        }

        for (var at = end / 20; at < end; at += random.Next(300, 3_000))
        {
            var fault = (LiveFault)random.Next((int)LiveFault.KillNode);
            moments.Add(new LiveMoment(at, fault, random.Next(SharingNodes), fault == LiveFault.Truncate ? random.Next(1, 4_000) : random.Next(50, 1_500)));
        }

        return [.. moments.OrderBy(moment => moment.AtMs)];
    }
}

/// <summary>Those of the network come first, and those of processes after them.</summary>
internal enum LiveFault
{
    /// <summary>The clients' connections to one gateway are reset.</summary>
    Cut,

    /// <summary>They are reset after some bytes more: in the middle of a message.</summary>
    Truncate,

    /// <summary>Nothing passes for some time.</summary>
    Stall,

    /// <summary>No client reaches one gateway for some time.</summary>
    Down,

    /// <summary>One gateway's connections to the store are reset.</summary>
    CutStore,

    /// <summary>One gateway does not reach the store for some time.</summary>
    StoreDown,

    /// <summary>SIGKILL, and a start.</summary>
    KillNode,

    /// <summary>SIGTERM, and a start.</summary>
    StopNode,

    /// <summary>SIGKILL, and a start over the same data.</summary>
    KillBroker,
}

/// <summary>Something that is done at a time of the run.</summary>
/// <param name="AtMs">At the earliest: one thing is done after the other where they concern the same.</param>
/// <param name="Node">Which gateway it is done to.</param>
/// <param name="Measure">Milliseconds; bytes where a stream is cut off; for a sole gateway the messages to wait for before.</param>
internal sealed record LiveMoment(int AtMs, LiveFault Fault, int Node, int Measure);
