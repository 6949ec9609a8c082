using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using PushGateway.Core;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage;

internal sealed class StoreHealth(ReadPool reads, StoreWriter writer) : IStoreHealth
{
    // A change that has to reach the disk, of a row that nothing else uses.
    private const string Probe =
        "INSERT INTO KeyBlocks (Sequence, NextKey) VALUES ('HealthProbe', 1) ON CONFLICT (Sequence) DO UPDATE SET NextKey = KeyBlocks.NextKey + 1";

    // What is told within ten seconds is looked at every five at the longest. A gateway that has work commits more often than this.
    private static readonly TimeSpan s_trusted = TimeSpan.FromSeconds(2);

    public async Task<StoreHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var missing = await reads.ReadAsync(
                static session =>
                {
                    using var context = session.CreateContext();
                    return context.Database.GetPendingMigrations().Count();
                },
                cancellationToken).ConfigureAwait(false);
            if (missing > 0)
            {
                return new StoreHealthReport(false, $"{missing} migrations are not applied.");
            }

        }
        catch (StoreUnavailableException problem)
        {
            return new StoreHealthReport(false, $"The store cannot be read: {problem.InnerException?.Message ?? problem.Message}");
        }
        catch (Exception problem) when (problem is DbException or ObjectDisposedException)
        {
            return new StoreHealthReport(false, $"The store cannot be read: {problem.Message}");
        }

        try
        {
            // After a failed commit the probe itself tries one: traffic may be kept away until the store is ready again, and then
            // nobody else would find out that it is. After a time without a change it does so too: a disk that has filled up meanwhile is
            // told before the first publisher is refused.
            if (writer.LastFailure is not null || writer.SinceLastCommit >= s_trusted)
            {
                await writer.RunAsync(static session => session.Statement(Probe).Execute(), cancellationToken).ConfigureAwait(false);
            }

            return new StoreHealthReport(true, null);
        }
        catch (StoreUnavailableException problem)
        {
            return new StoreHealthReport(false, $"The store takes no changes: {problem.InnerException?.Message ?? problem.Message}");
        }
    }
}
