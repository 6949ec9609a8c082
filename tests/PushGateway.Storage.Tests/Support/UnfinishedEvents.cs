using PushGateway.Core.FanOut;

namespace PushGateway.Storage.Tests.Support;

internal static class UnfinishedEvents
{
    /// <summary>The unfinished events with where their shards stand, as whoever dispatches them reads them one by one.</summary>
    public static async Task<IReadOnlyList<FanOutWork>> LoadUnfinishedAsync(
        this IFanOutStore store, DateTimeOffset startsBefore, long afterKey, int limit, CancellationToken cancellationToken)
    {
        var works = new List<FanOutWork>();
        foreach (var (eventKey, _) in await store.ListUnfinishedAsync(startsBefore, afterKey, limit, cancellationToken))
        {
            works.Add((await store.FindWorkAsync(eventKey, cancellationToken))!);
        }

        return works;
    }
}
