using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Events;

/// <summary>Reads one event by its key, as often as thousands of times a second.</summary>
internal static class EventReader
{
    private const string ByKey =
        "SELECT EventId, AppKey, State, Control, CreatedAtMs, StartsAtMs, EstimatedAudience, StartedAtMs, FirstAcceptedAtMs, Accepted50AtMs, Accepted90AtMs, " +
        "Accepted99AtMs, CompletedAtMs, Content, SoleShard, SoleProviders, SoleAttempts, SoleReceipts FROM Events WHERE EventKey = ?1";

    /// <returns><see langword="null"/> when there is no such event.</returns>
    public static EventRow? Find(StoreSession session, long eventKey)
    {
        var row = session.Statement(ByKey).Bind(1, eventKey);
        if (!row.Step())
        {
            row.Reset();
            return null;
        }

        var found = new EventRow
        {
            EventKey = eventKey,
            EventId = row.Text(0),
            AppKey = row.Int32(1),
            State = (EventState)row.Int32(2),
            Control = (EventControl)row.Int32(3),
            CreatedAtMs = row.Int64(4),
            StartsAtMs = row.Int64(5),
            EstimatedAudience = row.Int64(6),
            StartedAtMs = row.NullableInt64(7),
            FirstAcceptedAtMs = row.NullableInt64(8),
            Accepted50AtMs = row.NullableInt64(9),
            Accepted90AtMs = row.NullableInt64(10),
            Accepted99AtMs = row.NullableInt64(11),
            CompletedAtMs = row.NullableInt64(12),
            Content = row.Bytes(13).ToArray(),
            SoleShard = (int?)row.NullableInt64(14),
            SoleProviders = (ProviderSet?)row.NullableInt64(15),
            SoleAttempts = row.NullableInt64(16),
            SoleReceipts = row.IsNull(17) ? null : row.Bytes(17).ToArray(),
        };
        row.Reset();
        return found;
    }
}
