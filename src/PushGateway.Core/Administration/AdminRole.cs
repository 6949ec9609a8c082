namespace PushGateway.Core.Administration;

/// <summary>What somebody who uses the dashboard may do; each includes those before it. The numbers are stored.</summary>
public enum AdminRole : byte
{
    /// <summary>Looks; changes nothing.</summary>
    Viewer = 1,

    /// <summary>Sends and stops events, and cares for devices.</summary>
    Operator = 2,

    /// <summary>Everything: apps, credentials, keys, webhooks, users.</summary>
    Admin = 3,
}

public static class AdminRoles
{
    public static IReadOnlyList<AdminRole> All { get; } = [AdminRole.Viewer, AdminRole.Operator, AdminRole.Admin];

    public static string Name(this AdminRole role) => role switch
    {
        AdminRole.Viewer => "viewer",
        AdminRole.Operator => "operator",
        AdminRole.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Unknown role."),
    };

    /// <returns><see langword="false"/> when the text is not exactly a known name.</returns>
    public static bool TryParse(string? name, out AdminRole role)
    {
        foreach (var known in All)
        {
            if (known.Name() == name)
            {
                role = known;
                return true;
            }
        }

        role = default;
        return false;
    }
}
