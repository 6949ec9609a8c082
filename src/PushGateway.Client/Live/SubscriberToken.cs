namespace PushGateway.Client.Live;

/// <summary>What a token for a subscriber's app is to be good for.</summary>
public sealed record SubscriberTokenSpec
{
    /// <summary>60 to 86,400; <see langword="null"/> for an hour.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>Channels it may follow: ids, or beginnings of ids that end in <c>*</c>, at most 100; <see langword="null"/> for those the subscriber is subscribed to.</summary>
    public IReadOnlyList<string>? Listen { get; init; }

    /// <summary>Channels it may send messages to, in the same form; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Send { get; init; }

    /// <summary>Whether the app may register, look at and remove the subscriber's own devices; <see langword="null"/> for not.</summary>
    public bool? Devices { get; init; }

    /// <summary>Channels that the app may subscribe the subscriber to and unsubscribe it from, in the same form; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Subscribe { get; init; }
}

/// <summary>For a subscriber's app, in place of an API key. It ends, or with the subscriber's deletion. Secret.</summary>
public sealed record SubscriberToken(string Token, DateTimeOffset ExpiresAt)
{
    public override string ToString() => $"Subscriber token until {ExpiresAt:u}";
}
