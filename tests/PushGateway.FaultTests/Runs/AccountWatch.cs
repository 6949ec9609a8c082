using System.Net;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>Reads the events' accounts all the time: they add up at every instant, never claim more than the provider took, and never go back.</summary>
/// <param name="app">The app at the gateway to ask, chosen anew for each request.</param>
internal sealed class AccountWatch(Func<PushGatewayAppClient> app, SimulatorControl simulator)
{
    private readonly Dictionary<string, long> _accepted = [];

    public int Polls { get; private set; }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (await ReadAsync() is { } events)
            {
                Check(events, simulator.Counters().DistinctAccepted);
                Polls++;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public static void AddsUp(EventInfo info)
    {
        foreach (var counts in info.Providers.Values.Select(provider => provider.Counts).Append(info.Counts))
        {
            Assert.Equal(
                counts.Targeted,
                counts.Accepted + counts.Live + counts.Unregistered + counts.Rejected + counts.Expired + counts.Cancelled + counts.Suppressed +
                counts.Pending);
        }
    }

    private async Task<IReadOnlyList<EventInfo>?> ReadAsync()
    {
        try
        {
            List<EventInfo> events = [];
            string? cursor = null;
            do
            {
                var page = await app().ListEventsAsync(cursor, CancellationToken.None);
                events.AddRange(page.Items);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            return events;
        }
        catch (Exception down) when (down is HttpRequestException or IOException or PushGatewayApiException { Status: HttpStatusCode.ServiceUnavailable })
        {
            return null;
        }
    }

    private void Check(IReadOnlyList<EventInfo> events, long acceptedByProvider)
    {
        foreach (var info in events)
        {
            AddsUp(info);
            Assert.True(
                info.Counts.Accepted >= _accepted.GetValueOrDefault(info.Id),
                $"Event {info.Id} had {_accepted.GetValueOrDefault(info.Id)} accepted, and now {info.Counts.Accepted}.");
            _accepted[info.Id] = info.Counts.Accepted;
        }

        Assert.True(events.Sum(info => info.Counts.Accepted) <= acceptedByProvider, "More is counted as accepted than the providers took.");
    }
}
