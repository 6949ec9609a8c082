using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PushGateway.Client;
using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.RabbitMq;

namespace PushGateway.FaultTests.Live;

/// <summary>Careful publishers: each event has a key and is sent with it, through a gateway or the broker, if there is one, until somebody has said that it is taken.</summary>
internal sealed class LivePublishing(LiveFaultPlan plan, IReadOnlyList<PushGatewayAppClient> nodes, RabbitMqServer? broker, string queue)
{
    /// <summary>One publisher for each channel would wait for a gateway that is away, and publish nothing meanwhile.</summary>
    private const int Publishers = 8;

    private int BrokersPublishers => broker is null ? 0 : Publishers / 4;

    private static readonly TimeSpan s_brokerLimit = TimeSpan.FromSeconds(120);

    private readonly ConcurrentBag<(string Channel, string Key)> _published = [];
    private readonly ConcurrentBag<TimeSpan> _answers = [];
    private readonly ConcurrentDictionary<string, int> _taken = new();
    private readonly PersistentCaller _caller = new();
    private int _number;
    private int _away;
    private volatile bool _isOver;

    /// <summary>What has to be in the channels, once each.</summary>
    public IEnumerable<(string Channel, string Key)> Published => _published;

    /// <summary>Events, in how many channels ever.</summary>
    public int Events => _number;

    /// <summary>Until an event was taken, all repeats together.</summary>
    public (TimeSpan Median, TimeSpan Longest) Answers => _answers.Order().ToList() is { Count: > 0 } answers ? (answers[answers.Count / 2], answers[^1]) : default;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static string Channel(int number) => string.Create(CultureInfo.InvariantCulture, $"channel-{number}");

    /// <summary>Publishes until the run's time is over and nobody is away any more, and returns when all of it is answered.</summary>
    public async Task RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        // A fifth of them come through the broker.
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, Publishers).Select(publisher => PublishAsync(started, new Random(plan.Seed * 100 + publisher), SendAsync)),
            .. Enumerable.Range(Publishers, BrokersPublishers).Select(publisher => PublishAsync(started, new Random(plan.Seed * 100 + publisher), EnqueueAsync)),
        ]);
        _isOver = true;
    }

    /// <summary>Returns when so many more messages of the channel are taken, however long the machine needs for them: publishing goes on until then, unless it is over.</summary>
    public Task PassAsync(string channel, int messages, CancellationToken ending) => KeepOnAsync(async () =>
    {
        var enough = _taken.GetValueOrDefault(channel) + messages;
        while (_taken.GetValueOrDefault(channel) < enough && !_isOver && !ending.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ending).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    });

    /// <summary>Publishing goes on until this is done.</summary>
    public async Task KeepOnAsync(Func<Task> act)
    {
        Interlocked.Increment(ref _away);
        try
        {
            await act();
        }
        finally
        {
            Interlocked.Decrement(ref _away);
        }
    }

    /// <summary>One event in every channel, so that each has a place to begin from. It is not among what is published.</summary>
    public async Task BeginAsync()
    {
        var random = new Random(plan.Seed);
        for (var channel = 0; channel < plan.Channels; channel++)
        {
            await PublishAsync([Channel(channel)], random, SendAsync);
        }

        _published.Clear();
    }

    private async Task PublishAsync(long started, Random random, Func<string, byte[], Random, Task> send)
    {
        var pause = 1_000.0 * (Publishers + BrokersPublishers) / plan.EventsPerSecond;
        while (Stopwatch.GetElapsedTime(started) < plan.Duration || Volatile.Read(ref _away) > 0)
        {
            var channel = random.Next(plan.Channels);
            string[] channels = random.Next(5) == 0 && plan.Channels > 1 ? [Channel(channel), Channel((channel + 1) % plan.Channels)] : [Channel(channel)];
            await PublishAsync(channels, random, send);
            await Task.Delay(TimeSpan.FromMilliseconds(pause * (0.5 + random.NextDouble())), TimeProvider.System, Cancelled);
        }
    }

    private async Task PublishAsync(string[] channels, Random random, Func<string, byte[], Random, Task> send)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"event-{Interlocked.Increment(ref _number)}");
        // Some are long: they are cut off in their middle, and fill buffers.
        var data = new Dictionary<string, string> { [LiveStreamItem.KeyName] = key, ["text"] = new('x', random.Next(10) == 0 ? 2_000 : 20) };
        foreach (var channel in channels)
        {
            _published.Add((channel, key));
        }

        var started = Stopwatch.GetTimestamp();
        await send(key, JsonSerializer.SerializeToUtf8Bytes(new { type = "live.fault", audience = new { channels }, notification = new { title = key }, data }), random);
        _answers.Add(Stopwatch.GetElapsedTime(started));
        foreach (var channel in channels)
        {
            _taken.AddOrUpdate(channel, 1, static (_, taken) => taken + 1);
        }
    }

    private Task SendAsync(string key, byte[] body, Random random) =>
        _caller.CallAsync(() => nodes[random.Next(nodes.Count)].PublishAsync(body.AsMemory(), key, Cancelled));

    private async Task EnqueueAsync(string key, byte[] body, Random random)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using var client = await BrokerClient.ConnectAsync(broker!).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled);
                await client.SendAsync(queue, Encoding.UTF8.GetString(body), key).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled);
                return;
            }
            catch (Exception lost) when (lost is not OperationCanceledException || !Cancelled.IsCancellationRequested)
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < s_brokerLimit, $"The broker takes nothing: {lost}");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancelled);
            }
        }
    }
}
