namespace PushGateway.Storage.Entities;

/// <summary>A link to the first account, as long as nobody has one.</summary>
internal sealed class FirstSignInRow
{
    /// <summary>SHA-256 of the link's token, hexadecimal.</summary>
    public required string TokenHash { get; set; }

    public long UntilMs { get; set; }
}
