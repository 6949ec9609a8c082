using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Removals;

/// <summary>All holds in memory, as committed. Changed on the writer after its commits.</summary>
internal sealed class RemovalHolds
{
    private const string BeginHold =
        "INSERT INTO RemovalHolds (AppKey, Provider, HeldSinceMs, Judged, Removed) VALUES (?1, ?2, ?3, ?4, ?5) " +
        "ON CONFLICT (AppKey, Provider) DO UPDATE SET HeldSinceMs = excluded.HeldSinceMs, Judged = excluded.Judged, Removed = excluded.Removed, " +
        "AllowedUntilMs = NULL WHERE RemovalHolds.HeldSinceMs IS NULL";

    private const string EndHold =
        "INSERT INTO RemovalHolds (AppKey, Provider, HeldSinceMs, Judged, Removed, AllowedUntilMs) VALUES (?1, ?2, NULL, 0, 0, ?3) " +
        "ON CONFLICT (AppKey, Provider) DO UPDATE SET HeldSinceMs = NULL, AllowedUntilMs = excluded.AllowedUntilMs";

    private readonly ConcurrentDictionary<(int AppKey, ProviderKind Provider), RemovalHold> _holds = new();

    public RemovalHold? Find(int appKey, ProviderKind provider) => _holds.GetValueOrDefault((appKey, provider));

    public IReadOnlyList<RemovalHold> ListHeld() => [.. _holds.Values.Where(hold => hold.IsHeld)];

    /// <summary>A hold was ended, here or by another gateway, and what it held was applied or not.</summary>
    public event Action<int, ProviderKind, bool>? Released;

    public static IReadOnlyList<RemovalHold> Read(StoreSession session)
    {
        using var context = session.CreateContext();
        return [.. context.RemovalHolds.AsNoTracking().AsEnumerable().Select(ToHold)];
    }

    /// <summary>On the writer only, or before it has anything to do.</summary>
    public void Replace(IReadOnlyList<RemovalHold> holds)
    {
        var held = ListHeld();
        foreach (var gone in _holds.Keys.Except(holds.Select(hold => (hold.AppKey, hold.Provider))))
        {
            _holds.TryRemove(gone, out _);
        }

        foreach (var hold in holds)
        {
            _holds[(hold.AppKey, hold.Provider)] = hold;
        }

        foreach (var before in held)
        {
            if (Find(before.AppKey, before.Provider) is { IsHeld: false } ended)
            {
                // Who applies what was held is allowed more of it for a while.
                TellReleased(ended.AppKey, ended.Provider, ended.AllowedUntil is not null);
            }
        }
    }

    /// <summary>On the writer only.</summary>
    public void TellReleased(int appKey, ProviderKind provider, bool applied) => Released?.Invoke(appKey, provider, applied);

    /// <summary>On the writer only.</summary>
    /// <returns>Whether it begins with this: removals were not held before.</returns>
    public bool Begin(WriteSession session, PageCommit commit, RemovalHoldStart start)
    {
        var began = session.Statement(BeginHold)
            .Bind(1, commit.AppKey).Bind(2, (int)start.Provider).Bind(3, commit.RecordedAt.ToUnixTimeMilliseconds())
            .Bind(4, start.Judged).Bind(5, start.Removed)
            .Execute() > 0;
        if (began)
        {
            var hold = new RemovalHold(commit.AppKey, start.Provider, commit.RecordedAt, start.Judged, start.Removed, null);
            session.OnCatalogCommitted(() => _holds[(commit.AppKey, start.Provider)] = hold);
        }

        return began;
    }

    /// <summary>On the writer only.</summary>
    public void End(WriteSession session, int appKey, ProviderKind provider, DateTimeOffset? allowedUntil)
    {
        session.Statement(EndHold).Bind(1, appKey).Bind(2, (int)provider).Bind(3, allowedUntil?.ToUnixTimeMilliseconds()).Execute();
        session.OnCatalogCommitted(() => _holds[(appKey, provider)] = new RemovalHold(appKey, provider, null, 0, 0, allowedUntil));
    }

    /// <summary>On the writer only.</summary>
    public void RemoveApp(int appKey)
    {
        foreach (var provider in ProviderKinds.All)
        {
            _holds.TryRemove((appKey, provider), out _);
        }
    }

    private static RemovalHold ToHold(RemovalHoldRow row) =>
        new(row.AppKey, row.Provider, ToTime(row.HeldSinceMs), row.Judged, row.Removed, ToTime(row.AllowedUntilMs));

    private static DateTimeOffset? ToTime(long? unixMs) => unixMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
