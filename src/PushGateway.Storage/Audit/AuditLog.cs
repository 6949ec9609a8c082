using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Administration;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Audit;

internal sealed class AuditLog(StoreWriter writer, ReadPool reads) : IAuditLog
{
    /// <summary>Old entries go so many at a time, so that not every change pays for it.</summary>
    private const int Slack = 100;

    public Task AddAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return writer.RunAsync(session => Add(session, entry), cancellationToken);
    }

    public Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken cancellationToken) =>
        FindAsync(new AuditQuery { Before = before, Limit = limit }, cancellationToken);

    public async Task<IReadOnlyList<AuditEntry>> FindAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        var (before, action, target) = (query.Before, query.Action, query.Target);
        var (fromMs, toMs) = (query.From?.ToUnixTimeMilliseconds(), query.To?.ToUnixTimeMilliseconds());
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();

                // The log is bounded and read from its newest end: what the database's own comparison of letters cannot do is done here, on both databases alike.
                return context.Set<AuditEntryRow>().AsNoTracking()
                    .Where(row => before == null || row.AuditId < before)
                    .Where(row => fromMs == null || row.AtMs >= fromMs)
                    .Where(row => toMs == null || row.AtMs < toMs)
                    .Where(row => action == null || row.Action.StartsWith(action))
                    .Where(row => target == null || row.Target == target)
                    .OrderByDescending(row => row.AuditId)
                    .AsEnumerable()
                    .Where(row => action is null || row.Action.StartsWith(action, StringComparison.Ordinal))
                    .Where(row => Has(row.Actor, query.Actor) && (Has(row.Target, query.Text) || Has(row.Detail, query.Text)))
                    .Take(query.Limit)
                    .Select(row => new AuditEntry(row.AuditId, DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs), row.Actor, row.Action, row.Target, row.Detail))
                    .ToList();
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static bool Has(string? text, string? part) => part is null || text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    private static int Add(WriteSession session, AuditEntry entry)
    {
        using var context = session.CreateContext();
        var entries = context.Set<AuditEntryRow>();
        var id = (entries.Max(row => (long?)row.AuditId) ?? 0) + 1;
        entries.Add(new AuditEntryRow
        {
            AuditId = id,
            AtMs = entry.At.ToUnixTimeMilliseconds(),
            Actor = entry.Actor,
            Action = entry.Action,
            Target = entry.Target,
            Detail = entry.Detail,
        });
        context.SaveChanges();
        if (id % Slack == 0)
        {
            entries.Where(row => row.AuditId <= id - IAuditLog.MaxEntries).ExecuteDelete();
        }

        return 0;
    }
}
