using PushGateway.Storage.Engine;

namespace PushGateway.Storage.FanOut;

/// <summary>
/// Feedback that waits until the pages of its event are through. A removal changes a dozen places all over the store, several times what the rest of its page
/// changes; put down as it came it is one row at the end of a table.
/// </summary>
internal static class WaitingFeedback
{
    /// <summary>Devices in one row, and so in one notice. A change takes rows until it has as many.</summary>
    public const int MaxItems = 200;

    internal const string OfEvent = Columns + "WHERE EventKey = ?1 ORDER BY FeedbackKey LIMIT 1";

    internal const string OfApp = Columns + "WHERE AppKey = ?1 ORDER BY FeedbackKey LIMIT 1";

    internal const string Oldest = Columns + "ORDER BY FeedbackKey LIMIT 1";

    internal const string Exists = "SELECT 1 FROM WaitingFeedback WHERE EventKey = ?1 LIMIT 1";

    internal const string Remove = "DELETE FROM WaitingFeedback WHERE FeedbackKey = ?1";

    private const string Columns = "SELECT FeedbackKey, AppKey, EventKey, Shard, RecordedAtMs, Items FROM WaitingFeedback ";

    private const string Add =
        "INSERT INTO WaitingFeedback (FeedbackKey, AppKey, EventKey, Shard, RecordedAtMs, Items) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    internal static IEnumerable<string> All => [OfEvent, OfApp, Exists, Remove];

    public static void Put(WriteSession session, PageFeedback page)
    {
        foreach (var items in page.Items.Chunk(MaxItems))
        {
            session.Statement(Add)
                .Bind(1, session.NextKey(KeySequence.Feedback)).Bind(2, page.AppKey).Bind(3, page.EventKey).Bind(4, page.Shard)
                .Bind(5, page.RecordedAtMs).BindBlob(6, FeedbackJson.Write(items))
                .Execute();
        }
    }

    public static bool IsThere(StoreSession session, long eventKey) => session.Statement(Exists).Bind(1, eventKey).ScalarInt64() is not null;

    /// <summary>When the oldest was recorded; <see langword="null"/> when none waits.</summary>
    public static long? OldestMs(StoreSession session)
    {
        var row = session.Statement(Oldest);
        long? oldest = row.Step() ? row.Int64(4) : null;
        row.Reset();
        return oldest;
    }

    /// <summary>Takes the first row that a statement finds out of the table.</summary>
    /// <param name="found">Bound, and one of those that begin with the columns of a row.</param>
    public static PageFeedback? Take(WriteSession session, StoreStatement found)
    {
        if (!found.Step())
        {
            found.Reset();
            return null;
        }

        var key = found.Int64(0);
        var page = new PageFeedback(found.Int32(1), found.Int64(2), found.Int32(3), found.Int64(4), FeedbackJson.Read(found.Bytes(5)));
        found.Reset();
        session.Statement(Remove).Bind(1, key).Execute();
        return page;
    }
}
