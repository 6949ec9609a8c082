using System.Text.Json;

namespace PushGateway.Server.Api.Live;

/// <summary>What a token for a subscriber's app is to be good for.</summary>
internal sealed record TokenRequest
{
    /// <summary>60 to 86,400; 3,600 when absent.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>Channels it may follow: ids, or beginnings of ids that end in *; at most 100. When absent, those the subscriber is subscribed to.</summary>
    public IReadOnlyList<string>? Listen { get; init; }

    /// <summary>Channels it may send messages to, in the same form; none when absent.</summary>
    public IReadOnlyList<string>? Send { get; init; }

    /// <summary>Whether the app may register, look at and remove the subscriber's own devices; it may not when absent.</summary>
    public bool? Devices { get; init; }

    /// <summary>Channels that the app may subscribe the subscriber to and unsubscribe it from, in the same form; none when absent.</summary>
    public IReadOnlyList<string>? Subscribe { get; init; }
}

/// <summary>Who has the live message of an event.</summary>
internal sealed record ConfirmRequest
{
    /// <summary>Ids of 1 to 100 devices; with a subscriber's token all of the subscriber's when absent.</summary>
    public IReadOnlyList<string?>? Devices { get; init; }
}

internal sealed record TokenResponse(string Token, DateTimeOffset ExpiresAt);

/// <summary>What a client tells the others in a channel.</summary>
internal sealed record LiveMessageRequest
{
    /// <summary>The sender's word for the kind of message; an id.</summary>
    public string? Type { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }
}

/// <summary>Live messages behind a cursor.</summary>
internal sealed record LiveMessagesResponse
{
    public required IReadOnlyList<JsonElement> Items { get; init; }

    /// <summary>For the next poll's since.</summary>
    public required long Cursor { get; init; }

    /// <summary>Whether nothing is missing before the first of the items.</summary>
    public required bool Recovered { get; init; }
}
