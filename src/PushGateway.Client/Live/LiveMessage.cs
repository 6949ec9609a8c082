using System.Collections.ObjectModel;
using PushGateway.Client.Events;

namespace PushGateway.Client.Live;

/// <summary>A message for those who follow a channel: an event that was published for it, or what a client sent.</summary>
public sealed record LiveMessage
{
    /// <summary>Of an event, the event's.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the channel; whoever comes back names the last one it has.</summary>
    public required long Sequence { get; init; }

    public required string Channel { get; init; }

    public required string Type { get; init; }

    /// <summary><see langword="null"/> of a message that a client sent.</summary>
    public EventNotification? Notification { get; init; }

    public IReadOnlyDictionary<string, string> Data { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    /// <summary>The subscriber who sent it; <see langword="null"/> of an event.</summary>
    public string? Sender { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>Whoever has it is to say so with <see cref="PushGatewayAppClient.ConfirmLiveAsync"/>: devices are only sent the notification if nobody does.</summary>
    public bool Confirm { get; init; }
}

/// <summary>What comes while a channel is followed: exactly one of the members <see cref="Message"/> and <see cref="State"/> is set.</summary>
public sealed record LiveItem(LiveMessage? Message, LiveState? State);

/// <summary>Where a stream begins; comes first.</summary>
/// <param name="Recovered">False: messages since the cursor that was given are gone from the history, and those that there are follow.</param>
/// <param name="Sequence">Of the last message before the first that follows.</param>
public sealed record LiveState(bool Recovered, long Sequence);

/// <summary>Messages behind a cursor.</summary>
public sealed record LiveMessages
{
    public IReadOnlyList<LiveMessage> Items { get => field ?? []; init; }

    /// <summary>For the next call.</summary>
    public required long Cursor { get; init; }

    /// <summary>Whether nothing is missing before the first of the items.</summary>
    public required bool Recovered { get; init; }
}

/// <summary>The gateway has ended a stream.</summary>
/// <param name="reason"><c>expired</c>: the token has ended, get another one. <c>forbidden</c>. <c>stopping</c> and <c>unavailable</c>: come back in a moment.</param>
public sealed class LiveEndedException(string reason) : Exception($"The gateway has ended the stream: {reason}.")
{
    public string Reason { get; } = reason;
}

internal sealed record ConfirmBody(IReadOnlyList<string>? Devices);

internal sealed record LiveEnd(string Reason);

internal sealed record LiveMessageBody(string Type, IReadOnlyDictionary<string, string>? Data);
