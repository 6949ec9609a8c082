using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>How many an audience reaches.</summary>
/// <param name="Devices">By number of the <see cref="ProviderKind"/>.</param>
public sealed record AudienceCount(IReadOnlyList<long> Devices, long Subscribers);

/// <summary>Counts an audience as sending reads it: page by page, in memory that does not grow, each page a short read of its own.</summary>
public sealed class AudienceCounter(IAudienceStore audiences)
{
    private const int PageSize = 2_000;

    /// <summary>
    /// Counts the devices that an event would be for, and their subscribers. Exact as each device stands when it is read: what changes
    /// meanwhile may be counted as it was or as it is.
    /// </summary>
    /// <exception cref="OperationCanceledException">Within a page, a few milliseconds.</exception>
    public async Task<AudienceCount> CountAsync(AudienceQuery query, CancellationToken cancellationToken)
    {
        var devices = new long[ProviderKinds.All.Count];
        var (subscribers, page) = (0L, new AudiencePage(PageSize));
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            // Keys begin at 1.
            var (after, last) = (default(AudienceCursor), 0L);
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                await audiences.ReadPageAsync(query, shard, ProviderSet.All, after, page, cancellationToken).ConfigureAwait(false);
                foreach (ref readonly var row in page.Rows)
                {
                    devices[(int)row.Provider]++;
                    subscribers += row.SubscriberKey == last ? 0 : 1;
                    last = row.SubscriberKey;
                }

                after = page.End;
            }
            while (!page.IsLast);
        }

        return new AudienceCount(devices, subscribers);
    }
}
