namespace PushGateway.Admin;

/// <summary>The dashboard and who may sign in to it.</summary>
public sealed class AdminOptions
{
    public const string SectionName = "PushGateway:Admin";

    /// <summary>Whether there is a dashboard at <c>/admin</c>. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long the link for the first sign-in works, 1 minute to 7 days. A start without any user makes a new one. Default 1 hour.</summary>
    public TimeSpan FirstSignInLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long somebody who does nothing stays signed in, 5 minutes to 30 days. Default 12 hours.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Wrong passwords in a row after which no password of that user is looked at for <see cref="LockOutTime"/>, 3 to 100. Default 5.</summary>
    public int LockOutAfter { get; set; } = 5;

    /// <summary>1 minute to 1 day. Default 5 minutes.</summary>
    public TimeSpan LockOutTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Passwords that one address may try a minute, 1 to 10,000. Default 20.</summary>
    public int SignInsPerMinute { get; set; } = 20;

    /// <summary>Signing in with an identity provider; without an authority there is none.</summary>
    public AdminOpenIdOptions OpenIdConnect { get; set; } = new();
}

/// <summary>An identity provider that speaks OpenID Connect. Its users are known by issuer and subject.</summary>
public sealed class AdminOpenIdOptions
{
    /// <summary>Its address, https. <see langword="null"/>: nobody signs in this way.</summary>
    public string? Authority { get; set; }

    public string? ClientId { get; set; }

    /// <summary>Secret. Needed unless the provider takes public clients.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>What the button says, 1 to 60 characters. Default "your organization".</summary>
    public string DisplayName { get; set; } = "your organization";

    /// <summary>The claim that has the role. Default <c>roles</c>.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>Its value for an admin. Default <c>pushgateway-admin</c>.</summary>
    public string AdminValue { get; set; } = "pushgateway-admin";

    /// <summary>Its value for an operator. Default <c>pushgateway-operator</c>.</summary>
    public string OperatorValue { get; set; } = "pushgateway-operator";

    /// <summary>Its value for a viewer. Default <c>pushgateway-viewer</c>. Whoever has none of the three is refused.</summary>
    public string ViewerValue { get; set; } = "pushgateway-viewer";
}
