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

    public async Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.Set<AuditEntryRow>().AsNoTracking()
                    .Where(row => before == null || row.AuditId < before)
                    .OrderByDescending(row => row.AuditId)
                    .Take(limit)
                    .AsEnumerable()
                    .Select(row => new AuditEntry(row.AuditId, DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs), row.Actor, row.Action, row.Target, row.Detail))
                    .ToList();
            },
            cancellationToken).ConfigureAwait(false);
    }

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
