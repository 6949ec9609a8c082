namespace PushGateway.Core.Administration;

/// <summary>What became of a change of users.</summary>
public enum AdminUserChange
{
    Done,

    /// <summary>There is no such user.</summary>
    Unknown,

    /// <summary>Somebody else has the name, or the identity of the identity provider.</summary>
    NameTaken,

    /// <summary>It was to be the first, and is not.</summary>
    NotFirst,

    /// <summary>Nobody would be left who may administer users.</summary>
    LastAdmin,

    /// <summary>There are <see cref="AdminUser.MaxUsers"/>.</summary>
    TooMany,
}

/// <summary>Persistence of the dashboard's users. Reads are served from memory once they have been loaded.</summary>
/// <remarks>Changes return once durable, and throw <see cref="StoreUnavailableException"/> when writes are impossible.</remarks>
public interface IAdminUserStore
{
    /// <returns>By name.</returns>
    ValueTask<IReadOnlyList<AdminUser>> ListAsync(CancellationToken cancellationToken);

    /// <returns><see langword="null"/> when there is none.</returns>
    ValueTask<AdminUser?> FindAsync(string id, CancellationToken cancellationToken);

    /// <param name="name">In any case.</param>
    ValueTask<AdminUser?> FindByNameAsync(string name, CancellationToken cancellationToken);

    /// <param name="onlyAsFirst">Adds nobody when there is a user already: of two that race to be the first, one is refused.</param>
    Task<AdminUserChange> AddAsync(AdminUser user, bool onlyAsFirst, CancellationToken cancellationToken);

    /// <summary>Replaces a user as they stand at that moment; refused when it leaves no admin who is not disabled.</summary>
    /// <param name="change">Quick, without side effects; keeps the id and the name.</param>
    Task<AdminUserChange> ChangeAsync(string id, Func<AdminUser, AdminUser> change, CancellationToken cancellationToken);

    /// <summary>Remembers a link to the first account. It is forgotten with the first user, at the end of its time, or when more than <see cref="MostFirstSignIns"/> are newer.</summary>
    /// <param name="hash">SHA-256 of its token, hexadecimal.</param>
    /// <returns><see langword="false"/> when there is a user already; nothing is remembered then.</returns>
    Task<bool> AddFirstSignInAsync(string hash, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Whether there is such a link, its time is not over and there is no user. As committed, by whichever gateway.</summary>
    Task<bool> IsFirstSignInAsync(string hash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>How many links to the first account there may be.</summary>
    const int MostFirstSignIns = 100;
}
