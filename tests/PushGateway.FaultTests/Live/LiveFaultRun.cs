using System.Diagnostics;
using System.Globalization;
using PushGateway.FaultTests.Nodes;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.FaultTests.Live;

/// <summary>One run: publishers, clients and faults side by side, then quiet, then the account.</summary>
internal sealed class LiveFaultRun(LiveFaultPlan plan, LiveFaultRig rig)
{
    private readonly List<LiveFollower> _followers = [];
    private readonly LivePublishing _publishing = new(plan, rig.Clients(GatewayProcess.AdminKey), rig.Broker, rig.Queue);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Says what happened, and keeps what explains a failure.</summary>
    /// <param name="name">For what is kept.</param>
    public async Task PlayAndTellAsync(string name)
    {
        try
        {
            await PlayAsync();
            var account = $"{plan}\n{Account()}\n";
            TestContext.Current.TestOutputHelper?.WriteLine(account);
            if (Environment.GetEnvironmentVariable("PUSHGATEWAY_FAULT_REPORT") is { Length: > 0 } report)
            {
                await File.AppendAllTextAsync(report, account, Cancelled);
            }
        }
        catch (Exception failure)
        {
            var folder = await rig.SaveAsync(name);
            throw new InvalidOperationException($"{failure.Message}\n{folder}\n{plan}\n{Account()}\n{Stragglers()}", failure);
        }
    }

    private async Task PlayAsync()
    {
        await _publishing.BeginAsync();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var clients = await rig.OpenClientsAsync(plan.Clients);
        var transports = clients.Count / plan.Clients;
        var following = clients.Select((client, number) => FollowAsync(client.Name, client.Client, number, transports, ending.Token)).ToList();
        try
        {
            await NodeRig.EventuallyAsync(() => Task.FromResult(_followers.All(follower => follower.Cursor is not null)), "Not every client gets its place.");
            await Task.WhenAll(_publishing.RunAsync(), DisturbAsync());
            CheckFindings();
            var histories = new Dictionary<string, SortedDictionary<long, string>>();
            for (var channel = 0; channel < plan.Channels; channel++)
            {
                histories[LivePublishing.Channel(channel)] = await SettleAsync(LivePublishing.Channel(channel));
            }

            await NodeRig.EventuallyAsync(
                () => Task.FromResult(_followers.All(follower => follower.Findings.Count > 0 || follower.Cursor >= histories[follower.Channel].Keys.Last())),
                "Not every client comes to the end of its channel.");
            await ending.CancelAsync();
            await Task.WhenAll(following);
            Check(histories);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(following);
            foreach (var (_, client) in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    /// <summary>What each transport's clients have lived through, a line for each.</summary>
    private string Account() => string.Join('\n',
    [
        $"{plan.Moments.Count} faults: {string.Join(", ", plan.Moments.CountBy(moment => moment.Fault).OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key}"))}",
        $"{_publishing.Events} events, {_publishing.Published.Count()} messages in {plan.Channels} channels; taken after {_publishing.Answers.Median.TotalMilliseconds:F0} ms in the median, at most {_publishing.Answers.Longest.TotalMilliseconds:F0} ms",
        .. _followers.GroupBy(follower => follower.Name.Split(' ')[0]).Select(transport => string.Create(
            CultureInfo.InvariantCulture,
            $"{transport.Key}: {transport.Count()} streams followed, {transport.Sum(follower => (long)follower.Messages.Count)} messages, {transport.Sum(follower => follower.Breaks)} breaks, {transport.Sum(follower => follower.Gaps)} told gaps")),
    ]);

    /// <summary>Where whoever is not at the end stands.</summary>
    private string Stragglers() => string.Join('\n', _followers
        .Where(follower => follower.Cursor != _followers.Where(other => other.Channel == follower.Channel).Max(other => other.Cursor))
        .Take(20).Select(follower => $"{follower.Name} stands at {follower.Cursor} after {follower.Breaks} breaks"));

    private Task FollowAsync(string name, ILiveClient client, int number, int transports, CancellationToken ending)
    {
        // One client of each transport, the first.
        var isAway = number < transports && plan.MayMiss;
        return Task.WhenAll(Enumerable.Range(number / transports, plan.ChannelsOfEach).Select(place => place % plan.Channels).Select(channel =>
        {
            var follower = new LiveFollower(name, LivePublishing.Channel(channel));
            _followers.Add(follower);
            return new LiveClientTask(client, follower, plan.Nodes, new Random(plan.Seed * 10_000 + number * 10 + channel), isAway ? () => _publishing.PassAsync(follower.Channel, plan.Absence, ending) : null).RunAsync(ending);
        }).ToList());
    }

    private Task DisturbAsync() => plan.IsSole ? _publishing.KeepOnAsync(KillAgainAndAgainAsync) : DisturbEverythingAsync();

    private async Task KillAgainAndAgainAsync()
    {
        foreach (var moment in plan.Moments)
        {
            await _publishing.PassAsync(LivePublishing.Channel(0), moment.Measure, Cancelled);
            await rig.DoAsync(moment);
        }
    }

    /// <summary>Networks, gateways and the broker each have their own troubles.</summary>
    private Task DisturbEverythingAsync()
    {
        var started = Stopwatch.GetTimestamp();
        return Task.WhenAll(plan.Moments.GroupBy(moment => moment.Fault switch
        {
            LiveFault.KillBroker => 2,
            LiveFault.KillNode or LiveFault.StopNode => 1,
            _ => 0,
        }).Select(async moments =>
        {
            foreach (var moment in moments)
            {
                var wait = TimeSpan.FromMilliseconds(moment.AtMs) - Stopwatch.GetElapsedTime(started);
                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeProvider.System, Cancelled);
                await rig.DoAsync(moment);
            }
        }).ToList());
    }

    /// <summary>Waits until the broker has handed over everything.</summary>
    /// <returns>What is in the history of the channel then.</returns>
    private async Task<SortedDictionary<long, string>> SettleAsync(string channel)
    {
        var expected = _publishing.Published.Count(published => published.Channel == channel);
        // Everybody has begun before anything of this was published.
        var start = _followers.Where(follower => follower.Channel == channel).Min(follower => follower.Start!.Value);
        SortedDictionary<long, string> history = [];
        await NodeRig.EventuallyAsync(
            async () =>
            {
                history = await HistoryAsync(channel);
                return history.Keys.Last() - start >= expected;
            },
            $"Not everything that was published gets into {channel}.");
        Assert.Equal(expected, history.Keys.Last() - start);
        history.Remove(start);
        return history;
    }

    private async Task<SortedDictionary<long, string>> HistoryAsync(string channel)
    {
        SortedDictionary<long, string> history = [];
        long cursor = 0;
        while (await rig.Direct(0).PollAsync(channel, cursor, 1_000, null, Cancelled) is { Items.Count: > 0 } page)
        {
            foreach (var message in page.Items)
            {
                history.Add(message.Sequence, message.Data[LiveStreamItem.KeyName]);
            }

            cursor = page.Cursor;
        }

        return history;
    }

    private void CheckFindings()
    {
        var findings = _followers.SelectMany(follower => follower.Findings).Take(20).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    private void Check(Dictionary<string, SortedDictionary<long, string>> histories)
    {
        CheckFindings();
        foreach (var channel in _followers.GroupBy(follower => follower.Channel))
        {
            var truth = histories[channel.Key];
            // Of what a short history has dropped, those who were there are the witnesses: they have to agree.
            foreach (var (sequence, key) in plan.MayMiss ? channel.SelectMany(follower => follower.Messages) : [])
            {
                Assert.True(truth.TryAdd(sequence, key) || truth[sequence] == key, $"{channel.Key} {sequence} is {truth[sequence]} for one client and {key} for another.");
            }

            var published = _publishing.Published.Where(published => published.Channel == channel.Key).Select(published => published.Key).Order(StringComparer.Ordinal);
            Assert.Equal(published, truth.Values.Order(StringComparer.Ordinal));
            foreach (var follower in channel)
            {
                var whole = truth.Where(message => message.Key > follower.Start).Select(message => (message.Key, message.Value)).ToList();
                if (follower.Gaps == 0)
                {
                    Assert.Equal(whole, follower.Messages);
                }
                else
                {
                    // In order and none twice; that each gap was told was seen as it came.
                    Assert.True(plan.MayMiss, $"{follower.Name} is told that messages are gone, which they are not.");
                    Assert.Equal(whole.Where(follower.Messages.ToHashSet().Contains), follower.Messages);
                    Assert.Equal(truth.Keys.Last(), follower.Messages[^1].Sequence);
                }
            }
        }

        Assert.Equal(plan.MayMiss, _followers.Any(follower => follower.Gaps > 0));
        Assert.All(_followers.GroupBy(follower => follower.Name.Split(' ')[0]), transport => Assert.Contains(transport, follower => follower.Breaks > 0));
    }
}
