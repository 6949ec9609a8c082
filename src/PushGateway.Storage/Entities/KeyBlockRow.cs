namespace PushGateway.Storage.Entities;

/// <summary>The first key of a sequence that no writer has taken yet.</summary>
internal sealed class KeyBlockRow
{
    public required string Sequence { get; set; }

    public long NextKey { get; set; }
}
