using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>Accounts of the dashboard: the first one, signing in with a password, and what an admin changes about the others.</summary>
internal sealed class UserAccounts(
    IAdminUserStore users, IAuditLog audit, Passwords passwords, IOptions<AdminOptions> options, TimeProvider timeProvider, ILogger<UserAccounts> logger)
{
    /// <summary>One answer for every reason but a lock-out: which names exist is nobody's business.</summary>
    public const string Wrong = "wrong";

    public const string Locked = "locked";

    /// <returns>The user, or why not.</returns>
    public async Task<(AdminUser? User, string? Problem)> SignInAsync(string name, string password, CancellationToken cancellationToken)
    {
        var user = name.Length <= AdminUser.MaxNameLength ? await users.FindByNameAsync(name, cancellationToken).ConfigureAwait(false) : null;
        var now = timeProvider.GetUtcNow();
        if (user?.LockedUntil > now)
        {
            return (null, Locked);
        }

        var isRight = await passwords.VerifyAsync(user, password.Length <= Passwords.MaxLength ? password : string.Empty, cancellationToken).ConfigureAwait(false);
        if (user is null || user.IsDisabled)
        {
            AdminLog.SignInRefused(logger, user?.Id ?? "unknown");
            return (null, Wrong);
        }

        if (!isRight)
        {
            await users.ChangeAsync(user.Id, Failed, cancellationToken).ConfigureAwait(false);
            AdminLog.SignInRefused(logger, user.Id);
            var isLocked = (await users.FindAsync(user.Id, cancellationToken).ConfigureAwait(false))?.LockedUntil > now;
            return (null, isLocked ? Locked : Wrong);
        }

        await users.ChangeAsync(
            user.Id, current => current with { FailedSignIns = 0, LockedUntil = null, LastSignInAt = now }, cancellationToken).ConfigureAwait(false);
        AdminLog.SignedIn(logger, user.Id);
        return (user, null);

        AdminUser Failed(AdminUser current)
        {
            var failures = current.FailedSignIns + 1;
            return failures < options.Value.LockOutAfter
                ? current with { FailedSignIns = failures }
                : current with { FailedSignIns = 0, LockedUntil = now + options.Value.LockOutTime };
        }
    }

    /// <summary>Adds somebody with a password.</summary>
    /// <param name="actor">Who adds them; <see langword="null"/> for the first one, who must be the first.</param>
    /// <returns>The user, or what is wrong in words.</returns>
    public async Task<(AdminUser? User, string? Problem)> AddAsync(
        AdminUser? actor, string name, string password, AdminRole role, CancellationToken cancellationToken)
    {
        name = name.Trim();
        if (Refusal(actor) is { } refusal)
        {
            return (null, refusal);
        }

        if (name.Length is 0 or > AdminUser.MaxNameLength || name.Any(char.IsControl))
        {
            return (null, $"A name has 1 to {AdminUser.MaxNameLength} characters.");
        }

        if (Passwords.Check(password, name) is { } rule)
        {
            return (null, rule);
        }

        var now = timeProvider.GetUtcNow();
        var user = new AdminUser
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = name,
            Role = role,
            PasswordHash = await passwords.HashAsync(password, cancellationToken).ConfigureAwait(false),
            Stamp = NewStamp(),
            CreatedAt = now,
        };
        var change = await users.AddAsync(user, onlyAsFirst: actor is null, cancellationToken).ConfigureAwait(false);
        if (change != AdminUserChange.Done)
        {
            return (null, Explain(change));
        }

        await NoteAsync(actor ?? user, "user.add", user.Name, role.Name()).ConfigureAwait(false);
        return (user, null);
    }

    /// <returns>What is wrong in words, or <see langword="null"/>.</returns>
    public Task<string?> SetRoleAsync(AdminUser? actor, AdminUser user, AdminRole role, CancellationToken cancellationToken) =>
        ChangeAsync(actor, user, current => current with { Role = role }, "user.role", role.Name(), cancellationToken);

    /// <summary>Ends the user's sessions within seconds.</summary>
    public Task<string?> SetDisabledAsync(AdminUser? actor, AdminUser user, bool isDisabled, CancellationToken cancellationToken) => ChangeAsync(
        actor, user, current => current with { IsDisabled = isDisabled, Stamp = NewStamp(), FailedSignIns = 0, LockedUntil = null },
        isDisabled ? "user.disable" : "user.enable", null, cancellationToken);

    /// <summary>Ends the user's sessions within seconds.</summary>
    public async Task<string?> SetPasswordAsync(AdminUser? actor, AdminUser user, string password, CancellationToken cancellationToken)
    {
        if (Passwords.Check(password, user.Name) is { } rule)
        {
            return rule;
        }

        var hash = await passwords.HashAsync(password, cancellationToken).ConfigureAwait(false);
        return await ChangeAsync(
            actor, user, current => current with { PasswordHash = hash, Stamp = NewStamp(), FailedSignIns = 0, LockedUntil = null },
            "user.password", null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Somebody whom the identity provider has let in: with the role it says, now and from now on.</summary>
    /// <param name="name">What they are called here, if nobody else is.</param>
    /// <returns>The user, or why not: a word of the sign-in page.</returns>
    public async Task<(AdminUser? User, string? Problem)> SignInExternalAsync(
        string issuer, string subject, string name, AdminRole role, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var externalId = $"{issuer}|{subject}";
        var known = (await users.ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(user => user.ExternalId == externalId);
        if (known is null)
        {
            return await AddExternalAsync(externalId, NamesFor(issuer, subject, name), role, now, cancellationToken).ConfigureAwait(false);
        }

        if (known.IsDisabled)
        {
            return (null, "disabled");
        }

        var changed = await users.ChangeAsync(known.Id, current => current with { Role = role, LastSignInAt = now }, cancellationToken).ConfigureAwait(false);
        return changed == AdminUserChange.Done
            ? (await users.FindAsync(known.Id, cancellationToken).ConfigureAwait(false), null)
            : (null, changed == AdminUserChange.LastAdmin ? "last" : "openid");
    }

    private async Task<(AdminUser? User, string? Problem)> AddExternalAsync(
        string externalId, IEnumerable<string> names, AdminRole role, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            var added = new AdminUser
            {
                Id = Guid.CreateVersion7(now).ToString("N"),
                Name = name,
                Role = role,
                ExternalId = externalId,
                Stamp = NewStamp(),
                CreatedAt = now,
                LastSignInAt = now,
            };
            var change = await users.AddAsync(added, onlyAsFirst: false, cancellationToken).ConfigureAwait(false);
            if (change == AdminUserChange.Done)
            {
                await NoteAsync(added, "user.add", added.Name, role.Name()).ConfigureAwait(false);
                return (added, null);
            }

            if (change != AdminUserChange.NameTaken)
            {
                return (null, change == AdminUserChange.TooMany ? "full" : "openid");
            }
        }

        return (null, "openid");
    }

    /// <summary>Somebody else may have the name, such as an account with a password: theirs is not opened with it.</summary>
    private static IEnumerable<string> NamesFor(string issuer, string subject, string name)
    {
        var host = Uri.TryCreate(issuer, UriKind.Absolute, out var address) ? address.Host : issuer;
        return new[] { name, $"{name} ({host})", $"{subject} ({host})" }
            .Select(candidate => candidate.Trim())
            .Where(candidate => candidate.Length > 0 && !candidate.Any(char.IsControl))
            .Select(candidate => candidate[..Math.Min(candidate.Length, AdminUser.MaxNameLength)])
            .Distinct(StringComparer.OrdinalIgnoreCase);
    }

    private async Task<string?> ChangeAsync(
        AdminUser? actor, AdminUser user, Func<AdminUser, AdminUser> change, string action, string? detail, CancellationToken cancellationToken)
    {
        if (actor is null || Refusal(actor) is not null)
        {
            return Explain(null);
        }

        var outcome = await users.ChangeAsync(user.Id, change, cancellationToken).ConfigureAwait(false);
        if (outcome != AdminUserChange.Done)
        {
            return Explain(outcome);
        }

        await NoteAsync(actor, action, user.Name, detail).ConfigureAwait(false);
        return null;
    }

    private static string? Refusal(AdminUser? actor) => actor is { Role: not AdminRole.Admin } ? Explain(null) : null;

    /// <summary>It is done, whether or not whoever did it waits for the answer.</summary>
    private Task NoteAsync(AdminUser actor, string action, string target, string? detail) =>
        audit.AddAsync(new AuditEntry(0, timeProvider.GetUtcNow(), actor.Name, action, target, detail), CancellationToken.None);

    private static string NewStamp() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static string Explain(AdminUserChange? change) => change switch
    {
        AdminUserChange.NameTaken => "Somebody else has this name.",
        AdminUserChange.NotFirst => "There is a user already: sign in.",
        AdminUserChange.LastAdmin => "Nobody would be left who may administer users. Make somebody else an admin first.",
        AdminUserChange.TooMany => $"There are {AdminUser.MaxUsers} users already.",
        AdminUserChange.Unknown => "There is no such user.",
        _ => "This needs the role admin.",
    };
}
