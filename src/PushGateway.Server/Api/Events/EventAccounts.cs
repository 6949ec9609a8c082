using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Server.Api.Events;

/// <summary>Shows an event as it stands: what is recorded, and over it what is under way in this process.</summary>
internal sealed class EventAccounts(IEventStore events, IFanOutDispatcher dispatcher)
{
    private static readonly string[] s_finalNames = [.. Enum.GetValues<EventState>().Where(state => state.IsFinal()).Select(state => state.Name())];

    public async Task<EventResponse?> FindAsync(int appKey, string eventId, CancellationToken cancellationToken) =>
        await events.FindAsync(appKey, eventId, cancellationToken) is { } record ? await PresentAsync(record, cancellationToken) : null;

    public async Task<EventResponse> PresentAsync(EventRecord record, CancellationToken cancellationToken)
    {
        if (record.State.IsFinal())
        {
            return ToResponse(record, null);
        }

        if (dispatcher.FindProgress(record.Key) is { } progress)
        {
            return ToResponse(record, progress);
        }

        // It may have ended between the two looks; then the record has the last word.
        return ToResponse(await events.FindAsync(record.AppKey, record.Event.Id, cancellationToken) ?? record, null);
    }

    /// <summary>The account under way in this process; <see langword="null"/> when the event does not run here, or has just ended.</summary>
    public EventResponse? FindRunning(EventRecord record) =>
        dispatcher.FindProgress(record.Key) is { } progress && !progress.State.IsFinal() ? ToResponse(record, progress) : null;

    /// <summary>What is under way when it is, else what is recorded.</summary>
    public EventResponse Present(EventRecord record) => ToResponse(record, record.State.IsFinal() ? null : dispatcher.FindProgress(record.Key));

    /// <summary>The event as the record has it.</summary>
    public static EventResponse Recorded(EventRecord record) => ToResponse(record, null);

    public static bool IsFinal(EventResponse response) => s_finalNames.Contains(response.State);

    private static EventResponse ToResponse(EventRecord record, FanOutProgress? progress)
    {
        var account = progress?.Account ?? record.Account;
        var timings = record.Timings;
        return new EventResponse
        {
            Id = record.Event.Id,
            Type = record.Event.Type,
            State = (progress?.State ?? record.State).Name(),
            Counts = ToResponse(account.Counts),
            Opened = record.Opened,
            Providers = ProviderKinds.All.ToDictionary(provider => provider.Name(), provider => ToResponse(account.Providers.GetValueOrDefault(provider))),
            Attempts = account.Attempts,
            EstimatedAudience = record.EstimatedAudience,
            SendAt = record.Event.StartsAt,
            ResendOf = record.Event.ResendOf,
            LocalTime = record.Event.Options.LocalTime is { } localTime ? TimeOfDay.Write(localTime) : null,
            ExpiresAt = record.Event.Expiration,
            Timings = new TimingsResponse
            {
                CreatedAt = timings.CreatedAt,
                StartedAt = progress?.StartedAt ?? timings.StartedAt,
                FirstAcceptedAt = progress?.FirstAcceptedAt ?? timings.FirstAcceptedAt,
                Accepted50At = timings.Accepted50At,
                Accepted90At = timings.Accepted90At,
                Accepted99At = timings.Accepted99At,
                CompletedAt = timings.CompletedAt,
            },
        };
    }

    private static ProviderAccountResponse ToResponse(ProviderAccount? account) =>
        new(ToResponse(account?.Counts ?? default), account?.Reasons ?? new Dictionary<string, long>(0));

    private static CountsResponse ToResponse(in OutcomeCounts counts) =>
        new(counts.Targeted, counts.Accepted, counts.Unregistered, counts.Rejected, counts.Expired, counts.Cancelled, counts.Suppressed, counts.Live, counts.Pending);
}
