namespace PushGateway.Core.Webhooks;

/// <summary>An address of a publisher's that is told what happened. A snapshot, never changed in place.</summary>
/// <remarks>Holds a secret: <see cref="ToString"/> does not print it, nor the address, which may hold one too.</remarks>
public sealed record Webhook
{
    /// <summary>The store's own number; never reused.</summary>
    public required long Key { get; init; }

    public required int AppKey { get; init; }

    /// <summary>The id its owner chose, unique within the app.</summary>
    public required string Id { get; init; }

    public required Uri Url { get; init; }

    /// <summary>The exchange of the broker that is told instead of an address; <see langword="null"/> for an address.</summary>
    public string? Exchange => WebhookExchange.Of(Url);

    /// <summary>In the form of <see cref="WebhookSecret"/>; empty when it can no longer be decrypted, and then nothing is sent. Secret.</summary>
    public required string Secret { get; init; }

    public required WebhookNotices Notices { get; init; }

    /// <summary>While <see langword="false"/> nothing new is kept for it and nothing is sent; what is kept already waits.</summary>
    public required bool IsEnabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>It has not answered for long: it is tried now and then only. <see langword="null"/> while it works.</summary>
    public DateTimeOffset? ParkedAt { get; init; }

    /// <summary>What was wrong with the last try that failed; of ours, never of the answer's body.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastSuccessAt { get; init; }

    public override string ToString() => $"Webhook {Id} of app {AppKey}";
}

/// <summary>What is said about a webhook when it is put; already validated.</summary>
public sealed record WebhookSettings
{
    public required string Id { get; init; }

    public required Uri Url { get; init; }

    /// <summary><see langword="null"/> keeps the one there is.</summary>
    public string? Secret { get; init; }

    public required WebhookNotices Notices { get; init; }

    public bool IsEnabled { get; init; } = true;

    public override string ToString() => $"Webhook {Id}";
}

/// <summary>One thing that a webhook is to be told.</summary>
/// <param name="Key">Unique within the store; grows with time.</param>
/// <param name="Data">JSON object, UTF-8.</param>
public sealed record WebhookNotice(long Key, WebhookNotices Kind, DateTimeOffset At, byte[] Data);

/// <summary>What waits for a webhook.</summary>
/// <param name="Dropped">Notices that were given up, the oldest first, because more waited than are kept; since the webhook was made.</param>
public sealed record WebhookBacklog(long Notices, long Bytes, long Dropped);
