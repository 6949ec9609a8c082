using PushGateway.Core.Administration;

namespace PushGateway.Storage.Entities;

internal sealed class AdminUserRow
{
    public required string UserId { get; set; }

    public required string Name { get; set; }

    /// <summary>The name in lower case: what is unique.</summary>
    public required string NameKey { get; set; }

    public AdminRole Role { get; set; }

    public string? PasswordHash { get; set; }

    public string? ExternalId { get; set; }

    public required string Stamp { get; set; }

    public bool IsDisabled { get; set; }

    public int FailedSignIns { get; set; }

    public long? LockedUntilMs { get; set; }

    public long CreatedAtMs { get; set; }

    public long? LastSignInAtMs { get; set; }
}
