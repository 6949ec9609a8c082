namespace PushGateway.Client;

/// <summary>One page of a list.</summary>
public sealed record PageOf<T>
{
    public IReadOnlyList<T> Items { get => field ?? []; init; }

    /// <summary>Asks for the next page; <see langword="null"/> on the last.</summary>
    public string? NextCursor { get; init; }
}
