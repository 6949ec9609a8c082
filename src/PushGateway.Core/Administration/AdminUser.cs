namespace PushGateway.Core.Administration;

/// <summary>Somebody who may sign in to the dashboard.</summary>
/// <remarks>Holds a password's hash: <see cref="ToString"/> does not print it.</remarks>
public sealed record AdminUser
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 100;

    /// <summary>How many there may be: they are kept in memory.</summary>
    public const int MaxUsers = 1_000;

    /// <summary>32 hexadecimal digits; never reused.</summary>
    public required string Id { get; init; }

    /// <summary>What they sign in with; unique whatever the case of its letters.</summary>
    public required string Name { get; init; }

    public required AdminRole Role { get; init; }

    /// <summary><see langword="null"/> for somebody who signs in with an identity provider only.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The identity provider's word for them (issuer and subject); <see langword="null"/> for somebody with a password.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Changes with everything that ends their sessions: another password, being disabled.</summary>
    public required string Stamp { get; init; }

    public bool IsDisabled { get; init; }

    /// <summary>Wrong passwords since the last right one.</summary>
    public int FailedSignIns { get; init; }

    /// <summary>No password is looked at until then.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastSignInAt { get; init; }

    public override string ToString() => $"{Role} {Id}";
}
