using PushGateway.Core.Events;

namespace PushGateway.Core.Live;

/// <summary>What clients connected to a channel are sent: an event in its direct form, or what one of them told the others.</summary>
public sealed record LiveMessage
{
    /// <summary>The event's, or one of its own for what a client sent.</summary>
    public required string Id { get; init; }

    public required string Channel { get; init; }

    public required string Type { get; init; }

    /// <summary><see langword="null"/> when there is nothing to show.</summary>
    public NotificationContent? Notification { get; init; }

    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>(0);

    /// <summary>The subscriber who sent it; <see langword="null"/> for an event.</summary>
    public string? Sender { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Devices are only sent the event's notification if nobody confirms this message for them (<see cref="LiveMode.First"/>).</summary>
    public bool AwaitsConfirmation { get; init; }

    /// <summary>The event as the live subscribers of one of its channels get it, untranslated.</summary>
    public static LiveMessage Of(PushEvent pushEvent, string channel, DateTimeOffset sentAt)
    {
        ArgumentNullException.ThrowIfNull(pushEvent);
        return new LiveMessage
        {
            Id = pushEvent.Id,
            Channel = channel,
            Type = pushEvent.Type,
            Notification = pushEvent.Options.Silent ? null : pushEvent.Notification,
            Data = pushEvent.Data,
            SentAt = sentAt,
            AwaitsConfirmation = pushEvent.Options.AwaitsConfirmation,
        };
    }
}
