using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Administration;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Users;

/// <summary>All users in memory, as committed; loaded when somebody first asks.</summary>
internal sealed class AdminUserStore(StoreWriter writer, ReadPool reads) : IAdminUserStore
{
    private volatile ImmutableSortedDictionary<string, AdminUser>? _byName;

    public async ValueTask<IReadOnlyList<AdminUser>> ListAsync(CancellationToken cancellationToken) =>
        [.. (_byName ?? await LoadAsync(cancellationToken).ConfigureAwait(false)).Values];

    public async ValueTask<AdminUser?> FindAsync(string id, CancellationToken cancellationToken) =>
        (_byName ?? await LoadAsync(cancellationToken).ConfigureAwait(false)).Values.FirstOrDefault(user => user.Id == id);

    public async ValueTask<AdminUser?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        (_byName ?? await LoadAsync(cancellationToken).ConfigureAwait(false)).GetValueOrDefault(KeyOf(name));

    public Task<AdminUserChange> AddAsync(AdminUser user, bool onlyAsFirst, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        return writer.RunAsync(session => Add(session, user, onlyAsFirst), cancellationToken);
    }

    public Task<AdminUserChange> ChangeAsync(string id, Func<AdminUser, AdminUser> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return writer.RunAsync(session => Change(session, id, change), cancellationToken);
    }

    public Task<bool> AddFirstSignInAsync(string hash, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        writer.RunAsync(session => AddFirstSignIn(session, hash, now.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds()), cancellationToken);

    public async Task<bool> IsFirstSignInAsync(string hash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return !context.Set<AdminUserRow>().Any() && context.Set<FirstSignInRow>().Any(row => row.TokenHash == hash && row.UntilMs > nowMs);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static bool AddFirstSignIn(WriteSession session, string hash, long nowMs, long untilMs)
    {
        using var context = session.CreateContext();
        if (context.Set<AdminUserRow>().Any())
        {
            return false;
        }

        var links = context.Set<FirstSignInRow>();
        var known = links.OrderBy(row => row.UntilMs).ToList();
        links.RemoveRange(known.Where((row, index) => row.UntilMs <= nowMs || index <= known.Count - IAdminUserStore.MostFirstSignIns));
        links.Add(new FirstSignInRow { TokenHash = hash, UntilMs = untilMs });
        context.SaveChanges();
        return true;
    }

    private AdminUserChange Add(WriteSession session, AdminUser user, bool onlyAsFirst)
    {
        using var context = session.CreateContext();
        var key = KeyOf(user.Name);
        var users = context.Set<AdminUserRow>();
        var count = users.Count();
        if (onlyAsFirst && count > 0)
        {
            return AdminUserChange.NotFirst;
        }

        if (count >= AdminUser.MaxUsers)
        {
            return AdminUserChange.TooMany;
        }

        if (users.Any(row => row.NameKey == key || (user.ExternalId != null && row.ExternalId == user.ExternalId)))
        {
            return AdminUserChange.NameTaken;
        }

        var added = new AdminUserRow { UserId = user.Id, Name = user.Name, NameKey = key, Stamp = user.Stamp };
        Write(user, added);
        users.Add(added);
        context.SaveChanges();
        if (count == 0)
        {
            context.Set<FirstSignInRow>().ExecuteDelete();
        }

        session.OnCatalogCommitted(() => Remember(user));
        return AdminUserChange.Done;
    }

    private AdminUserChange Change(WriteSession session, string id, Func<AdminUser, AdminUser> change)
    {
        using var context = session.CreateContext();
        var users = context.Set<AdminUserRow>();
        if (users.SingleOrDefault(row => row.UserId == id) is not { } row)
        {
            return AdminUserChange.Unknown;
        }

        var before = Read(row);
        var after = change(before) with { Id = before.Id, Name = before.Name };
        if (IsActingAdmin(before) && !IsActingAdmin(after) && !users.Any(other => other.UserId != id && other.Role == AdminRole.Admin && !other.IsDisabled))
        {
            return AdminUserChange.LastAdmin;
        }

        Write(after, row);
        context.SaveChanges();
        session.OnCatalogCommitted(() => Remember(after));
        return AdminUserChange.Done;
    }

    /// <summary>On the writer only.</summary>
    private void Remember(AdminUser user) => _byName = _byName?.SetItem(KeyOf(user.Name), user);

    private async ValueTask<ImmutableSortedDictionary<string, AdminUser>> LoadAsync(CancellationToken cancellationToken)
    {
        ImmutableSortedDictionary<string, AdminUser>? loaded = null;
        // On the writer: between a read elsewhere and its being kept here, a change could be missed.
        await writer.RunAsync(
            session =>
            {
                using var context = session.CreateContext();
                var users = context.Set<AdminUserRow>().AsNoTracking().AsEnumerable().Select(Read)
                    .ToImmutableSortedDictionary(user => KeyOf(user.Name), user => user, StringComparer.Ordinal);
                session.OnCommitted(() => _byName = loaded = users);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return loaded!;
    }

    /// <summary>Another gateway may have changed them. On the writer only.</summary>
    public void Forget() => _byName = null;

    private static bool IsActingAdmin(AdminUser user) => user is { Role: AdminRole.Admin, IsDisabled: false };

    private static string KeyOf(string name) => name.Trim().ToLowerInvariant();

    private static AdminUser Read(AdminUserRow row) => new()
    {
        Id = row.UserId,
        Name = row.Name,
        Role = row.Role,
        PasswordHash = row.PasswordHash,
        ExternalId = row.ExternalId,
        Stamp = row.Stamp,
        IsDisabled = row.IsDisabled,
        FailedSignIns = row.FailedSignIns,
        LockedUntil = ToTime(row.LockedUntilMs),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
        LastSignInAt = ToTime(row.LastSignInAtMs),
    };

    private static void Write(AdminUser user, AdminUserRow row)
    {
        row.Role = user.Role;
        row.PasswordHash = user.PasswordHash;
        row.ExternalId = user.ExternalId;
        row.Stamp = user.Stamp;
        row.IsDisabled = user.IsDisabled;
        row.FailedSignIns = user.FailedSignIns;
        row.LockedUntilMs = user.LockedUntil?.ToUnixTimeMilliseconds();
        row.CreatedAtMs = user.CreatedAt.ToUnixTimeMilliseconds();
        row.LastSignInAtMs = user.LastSignInAt?.ToUnixTimeMilliseconds();
    }

    private static DateTimeOffset? ToTime(long? unixMs) => unixMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
