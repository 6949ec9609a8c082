using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Live;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

/// <summary><c>live</c>: what a connected client costs while nothing happens, how soon one event reaches all of a channel, how many messages a second go out in bulk, and what clients cost that stop reading.</summary>
internal static class LiveBenchmark
{
    private const string AppId = "live";
    private const string Bulk = "bulk";
    private const string Slow = "slow";

    /// <summary>Clients that read, beside those that do not.</summary>
    private const int QuickReaders = 200;

    /// <summary>About what one of a client's messages may have.</summary>
    private const int LargeText = 3_900;

    /// <summary>So many large messages are more than the machine keeps for a client that does not read.</summary>
    private const int FillingMessages = 2_000;

    private const int SlowRounds = 300;

    /// <summary>Messages that are sent at the same time, which share durable commits.</summary>
    private const int Senders = 32;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var idle = CommonOptions.Number("--idle", "Clients that are connected and get nothing", 15_000, 1, 1_000_000);
        var followers = CommonOptions.Number("--followers", "How many of them follow the channel that one event is for", 10_000, 1, 1_000_000);
        var channels = CommonOptions.Number("--channels", "Channels that they follow, each one of them; an event of each round goes to each", 1, 1, 100_000);
        var rounds = CommonOptions.Number("--rounds", "Events for them, one after another", 10, 1, 10_000);
        var readers = CommonOptions.Number("--readers", "Clients of the bulk part", 1_000, 1, 100_000);
        var messages = CommonOptions.Number("--messages", "Messages each of them gets in it", 2_000, 1, 10_000_000);
        var stalled = CommonOptions.Number("--stalled", "Clients that stop reading, in the last part", 100, 1, 10_000);
        var json = CommonOptions.Json();
        var command = new Command("live", "Connected clients: memory of idle ones, time until one event has reached all of a channel, messages a second in bulk.")
        {
            idle, followers, channels, rounds, readers, messages, stalled, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(idle), CrowdOf(Math.Min(parsed.GetValue(idle), parsed.GetValue(followers)), parsed.GetValue(channels)), parsed.GetValue(rounds),
            parsed.GetValue(readers), parsed.GetValue(messages), parsed.GetValue(stalled), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static LiveCrowd CrowdOf(int clients, int channels) => new(clients, Math.Min(clients, channels));

    private static async Task RunAsync(
        GatewaySettings settings, int idle, LiveCrowd followers, int rounds, int readers, int messages, int stalled, Report report, CancellationToken cancellationToken)
    {
        var perWebSocket = await IdleWebSocketsAsync(settings, idle, followers, cancellationToken);
        using var store = BenchmarkStore.Open(settings with { Keep = null });
        await using var gateway = await GatewayProcess.StartAsync(
            store.Folder, ["PushGateway:Api:MaxConnections=1000000", "PushGateway:Live:MaxSubscribers=1000000", "PushGateway:Live:WriteTimeout=00:10:00", .. settings.Settings], isProfiled: false, cancellationToken);
        await gateway.Client.PutAppAsync(AppId, "Live", cancellationToken);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AdminKey);
        await WarmUpAsync(gateway, http, cancellationToken);

        Report.Progress($"{idle:N0} clients connect");
        var before = gateway.ResidentBytes;
        using var crowd = new LiveFollowers();
        await crowd.AddAsync(idle, gateway.Address, number => PathOf(followers.NameOf(number)), GatewayProcess.AdminKey, cancellationToken);
        var perClient = (gateway.ResidentBytes - before) / (double)idle;

        Report.Progress($"{rounds:N0} times an event in each of {followers.Channels:N0} channels that {followers.Clients:N0} of them follow");
        List<double> half = [];
        List<double> last = [];
        List<double> all = [];
        for (var round = 0; round < rounds; round++)
        {
            var arrived = await TellAsync(gateway, crowd, followers, cancellationToken);
            half.Add(Percentiles.Of(arrived).P50);
            last.Add(arrived.Max());
            all.AddRange(arrived);
        }

        crowd.Dispose();
        var bulk = await BulkAsync(gateway, http, readers, messages, cancellationToken);
        var slow = await SlowAsync(gateway, http, stalled, cancellationToken);
        var result = bulk with
        {
            KibibytesPerIdleWebSocket = perWebSocket / 1_024,
            Stalled = stalled,
            KibibytesPerStalledClient = slow.Kibibytes,
            MillisecondsBeside = slow.Without,
            MillisecondsBesideStalled = slow.With,
            Idle = idle,
            KibibytesPerIdleClient = perClient / 1_024,
            Followers = followers.Clients,
            Channels = followers.Channels,
            MillisecondsToHalf = Spread.Of(half).Median,
            MillisecondsToLast = Spread.Of(last).Median,
            MillisecondsToLastAtMost = last.Max(),
            MillisecondsTo99Percent = Percentiles.Of(all).P99,
        };
        report.Write(Format(result), result);
    }

    /// <summary>Publishes an event to each channel of the crowd, and waits until everybody has theirs.</summary>
    /// <returns>How long each client waited, in milliseconds from the publish to its channel.</returns>
    private static async Task<List<double>> TellAsync(GatewayProcess gateway, LiveFollowers clients, LiveCrowd crowd, CancellationToken cancellationToken)
    {
        var app = gateway.Client.App(AppId);
        var published = new long[crowd.Channels];
        await Parallel.ForAsync(0, crowd.Channels, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = cancellationToken }, async (channel, stop) =>
        {
            published[channel] = Stopwatch.GetTimestamp();
            await app.PublishAsync(Broadcast.ToChannel(LiveCrowd.Name(channel)), null, stop);
        });
        await UntilAsync(() => Ticks().All(ticks => ticks > 0), cancellationToken);
        return [.. Ticks().Select(ticks => ticks * 1_000.0 / Stopwatch.Frequency)];

        IEnumerable<long> Ticks() => clients.LastReceived.Take(crowd.Clients).Select((at, client) => at - published[crowd.ChannelOf(client)]);
    }

    /// <summary>In a gateway of its own: what one crowd has left behind would serve the next.</summary>
    private static async Task<double> IdleWebSocketsAsync(GatewaySettings settings, int idle, LiveCrowd followers, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings with { Keep = null });
        await using var gateway = await GatewayProcess.StartAsync(
            store.Folder, ["PushGateway:Api:MaxConnections=1000000", "PushGateway:Live:MaxSubscribers=1000000", .. settings.Settings], isProfiled: false, cancellationToken);
        await gateway.Client.PutAppAsync(AppId, "Live", cancellationToken);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AdminKey);
        await WarmUpAsync(gateway, http, cancellationToken);
        using (var some = new LiveFollowers())
        {
            await some.AddAsync(200, gateway.Address, _ => PathOf(Bulk, "ws"), GatewayProcess.AdminKey, cancellationToken);
        }

        Report.Progress($"{idle:N0} clients connect by WebSocket");
        var before = gateway.ResidentBytes;
        using var crowd = new LiveFollowers();
        await crowd.AddAsync(idle, gateway.Address, number => PathOf(followers.NameOf(number), "ws"), GatewayProcess.AdminKey, cancellationToken);
        return (gateway.ResidentBytes - before) / (double)idle;
    }

    /// <summary>Compiles what is measured, here and in the gateway: some clients, some messages, an event.</summary>
    private static async Task WarmUpAsync(GatewayProcess gateway, HttpClient http, CancellationToken cancellationToken)
    {
        Report.Progress("Warming up");
        await BulkAsync(gateway, http, readers: 200, messages: 500, cancellationToken);
        await gateway.Client.App(AppId).PublishAsync(Broadcast.ToChannel(Bulk), null, cancellationToken);
    }

    private static async Task<LiveResult> BulkAsync(GatewayProcess gateway, HttpClient http, int readers, int messages, CancellationToken cancellationToken)
    {
        Report.Progress($"{messages:N0} messages for each of {readers:N0} clients");
        using var clients = new LiveFollowers();
        await clients.AddAsync(readers, gateway.Address, _ => PathOf(Bulk), GatewayProcess.AdminKey, cancellationToken);
        var before = clients.Bytes;
        var (cpu, own) = (gateway.ProcessorTime, Environment.CpuUsage.TotalTime);
        var started = Stopwatch.GetTimestamp();
        var frames = new long[messages];
        await Parallel.ForAsync(0, messages, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = cancellationToken }, async (number, stop) =>
            frames[number] = await SendAsync(http, stop));
        var expected = before + (frames.Sum() * readers);
        await UntilAsync(() => clients.Bytes >= expected, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (clients.Bytes != expected)
        {
            throw new BenchmarkException($"{clients.Bytes - before} bytes arrived for {expected - before}: a message came twice, or not as it was sent.");
        }

        var delivered = (double)readers * messages;
        return new LiveResult
        {
            Readers = readers,
            Messages = messages,
            MessagesPerSecond = delivered / elapsed.TotalSeconds,
            CpuMicrosecondsPerMessage = (gateway.ProcessorTime - cpu).TotalMicroseconds / delivered,
            ClientCpuMicrosecondsPerMessage = (Environment.CpuUsage.TotalTime - own).TotalMicroseconds / delivered,
        };
    }

    /// <summary>How soon messages reach clients that read, alone and beside some that have stopped, which are behind all the time.</summary>
    private static async Task<(Percentiles Without, Percentiles With, double Kibibytes)> SlowAsync(
        GatewayProcess gateway, HttpClient http, int stalled, CancellationToken cancellationToken)
    {
        Report.Progress($"{QuickReaders:N0} clients beside {stalled:N0} that stop reading");
        using var quick = new LiveFollowers();
        await quick.AddAsync(QuickReaders, gateway.Address, _ => PathOf(Slow), GatewayProcess.AdminKey, cancellationToken);
        await RoundsAsync(FillingMessages);
        var without = await RoundsAsync(SlowRounds);
        var before = gateway.ResidentBytes;
        using var slow = new LiveFollowers();
        await slow.AddAsync(stalled, gateway.Address, _ => PathOf(Slow), GatewayProcess.AdminKey, cancellationToken, isReading: false);
        await RoundsAsync(FillingMessages);
        var with = await RoundsAsync(SlowRounds);
        return (without, with, (gateway.ResidentBytes - before) / 1_024.0 / stalled);

        async Task<Percentiles> RoundsAsync(int rounds)
        {
            var arrived = new List<double>(rounds);
            for (var round = 0; round < rounds; round++)
            {
                var sent = Stopwatch.GetTimestamp();
                using var response = await http.PostAsJsonAsync(
                    $"/v1/apps/{AppId}/channels/{Slow}/messages", new { type = "chat", data = new { text = new string('x', LargeText) } }, cancellationToken);
                response.EnsureSuccessStatusCode();
                await UntilAsync(() => quick.LastReceived.All(at => at > sent), cancellationToken);
                arrived.Add(Stopwatch.GetElapsedTime(sent, quick.LastReceived.Max()).TotalMilliseconds);
            }

            return Percentiles.Of(arrived);
        }
    }

    /// <returns>Bytes of the message in a stream of server-sent events.</returns>
    private static async Task<long> SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(
            $"/v1/apps/{AppId}/channels/{Bulk}/messages", new { type = "chat", data = new { text = "What would be said in a room that is full." } }, cancellationToken);
        var json = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken);
        using var message = JsonDocument.Parse(json);
        var sequence = message.RootElement.GetProperty("sequence").GetInt64().ToString(CultureInfo.InvariantCulture);
        // The answer escapes more than the stream does; of this message, nothing.
        return "id: \nevent: message\ndata: \n\n".Length + sequence.Length + json.Length;
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > s_limit)
            {
                throw new BenchmarkException($"Not everything has arrived within {s_limit.TotalSeconds} s.");
            }

            await Task.Delay(s_poll, TimeProvider.System, cancellationToken);
        }
    }

    private static string PathOf(string channel, string transport = "sse") => $"/v1/apps/{AppId}/channels/{channel}/{transport}";

    private static string Format(LiveResult result)
    {
        var table = new TextTable("Live", "figure");
        Add("idle clients", result.Idle, "N0");
        Add("gateway KiB per idle client of server-sent events", result.KibibytesPerIdleClient, "N1");
        Add("gateway KiB per idle client by WebSocket", result.KibibytesPerIdleWebSocket, "N1");
        Add("clients that follow a channel together with others", result.Followers, "N0");
        Add("channels that they follow", result.Channels, "N0");
        Add("ms from publish until half of them have it", result.MillisecondsToHalf, "N0");
        Add("ms until the last of them has it, median", result.MillisecondsToLast, "N0");
        Add("ms until the last of them has it, at most", result.MillisecondsToLastAtMost, "N0");
        Add("ms until 99 of 100 have it, over all rounds", result.MillisecondsTo99Percent, "N0");
        Add("clients in bulk", result.Readers, "N0");
        Add("messages received/s in bulk", result.MessagesPerSecond, "N0");
        Add("gateway CPU µs/message received", result.CpuMicrosecondsPerMessage, "N2");
        Add("clients' CPU µs/message received", result.ClientCpuMicrosecondsPerMessage, "N2");
        Add("clients that stop reading", result.Stalled, "N0");
        Add("gateway KiB per client that has stopped", result.KibibytesPerStalledClient, "N1");
        Add($"ms until the last of {QuickReaders} others has a message: without them, median", result.MillisecondsBeside.P50, "N2");
        Add("the same, at most", result.MillisecondsBeside.Max, "N2");
        Add("beside them, median", result.MillisecondsBesideStalled.P50, "N2");
        Add("the same, at most", result.MillisecondsBesideStalled.Max, "N2");
        return table.ToString();

        void Add(string name, double figure, string format) => table.Add(name, figure.ToString(format, CultureInfo.InvariantCulture));
    }
}

/// <summary>What <c>live</c> has measured.</summary>
internal sealed record LiveResult
{
    public MachineInfo Machine { get; } = Report.Machine;

    public int Idle { get; init; }

    /// <summary>Physical memory of the gateway, more than before they came.</summary>
    public double KibibytesPerIdleClient { get; init; }

    /// <summary>The same for clients by WebSocket.</summary>
    public double KibibytesPerIdleWebSocket { get; init; }

    public int Followers { get; init; }

    /// <summary>That they share.</summary>
    public int Channels { get; init; }

    public double MillisecondsToHalf { get; init; }

    public double MillisecondsToLast { get; init; }

    public double MillisecondsToLastAtMost { get; init; }

    /// <summary>Of each client's time in each round.</summary>
    public double MillisecondsTo99Percent { get; init; }

    public int Readers { get; init; }

    public int Messages { get; init; }

    public double MessagesPerSecond { get; init; }

    public double CpuMicrosecondsPerMessage { get; init; }

    public double ClientCpuMicrosecondsPerMessage { get; init; }

    public int Stalled { get; init; }

    /// <summary>Physical memory of the gateway, more than before they came: each is behind by more than the machine keeps for it.</summary>
    public double KibibytesPerStalledClient { get; init; }

    /// <summary>From sending a message until the last of those that read has it.</summary>
    public Percentiles MillisecondsBeside { get; init; } = Percentiles.Of([0]);

    /// <summary>The same, beside those that have stopped.</summary>
    public Percentiles MillisecondsBesideStalled { get; init; } = Percentiles.Of([0]);
}
