using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

/// <summary>Takes messages out of the live history, and notes how far each channel's is gone.</summary>
/// <remarks>
/// The note is what makes a cursor's answer certain: behind it nothing is missing, before it something may be. A channel goes on from it when it has been silent for so
/// long that nothing else of it is left, so whoever was connected all the time has missed nothing and is told so. Notes themselves are taken away after
/// <see cref="NotesKept"/>, and one for the whole app says how far any of them went.
/// </remarks>
internal static class LiveForgetting
{
    /// <summary>How long a silent channel's note is kept.</summary>
    public static readonly TimeSpan NotesKept = TimeSpan.FromDays(30);

    /// <summary>Kept beyond what is wanted, so that not every message has to remove one.</summary>
    private const int TrimEvery = 64;

    /// <summary>More than comes in between, so that a history that was allowed to be longer gets shorter; and others wait meanwhile.</summary>
    private const int MostTrimmed = 256;

    /// <summary>What is gone of a channel: its own note, or that of its app.</summary>
    internal const string Forgotten = "SELECT Sequence FROM LiveForgotten WHERE AppKey = ?1 AND Channel IN (?2, '') ORDER BY Channel DESC LIMIT 1";

    internal const string Trim =
        "DELETE FROM LiveMessages WHERE (AppKey, Channel, Sequence) IN " +
        "(SELECT AppKey, Channel, Sequence FROM LiveMessages WHERE AppKey = ?1 AND Channel = ?2 AND Sequence <= ?3 ORDER BY Sequence LIMIT ?4)";

    internal const string NoteTrimmed = "INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) VALUES (?1, ?2, ?3, ?4)" + OrFurther;

    // In an order that leaves no choice: both statements mean the same messages.
    private const string OldMessages = "SELECT AppKey, Channel, Sequence FROM LiveMessages WHERE AtMs <= ?1 ORDER BY AtMs, AppKey, Channel, Sequence LIMIT ?2";

    internal const string NoteExpired =
        $"INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, Channel, MAX(Sequence), ?3 FROM ({OldMessages}) AS old WHERE 1 = 1 GROUP BY AppKey, Channel" + OrFurther;

    internal const string Expire = $"DELETE FROM LiveMessages WHERE (AppKey, Channel, Sequence) IN ({OldMessages})";

    private const string OldNotes =
        "SELECT AppKey, Channel, Sequence FROM LiveForgotten AS note WHERE AtMs <= ?1 AND Channel <> '' " +
        "AND NOT EXISTS (SELECT 1 FROM LiveMessages AS message WHERE message.AppKey = note.AppKey AND message.Channel = note.Channel) ORDER BY AtMs, AppKey, Channel LIMIT ?2";

    internal const string NoteOfTheApp =
        $"INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, '', MAX(Sequence), ?3 FROM ({OldNotes}) AS old WHERE 1 = 1 GROUP BY AppKey" + OrFurther;

    internal const string ForgetNotes = $"DELETE FROM LiveForgotten WHERE (AppKey, Channel) IN (SELECT AppKey, Channel FROM ({OldNotes}) AS old)";

    private const string OrFurther =
        " ON CONFLICT (AppKey, Channel) DO UPDATE SET AtMs = excluded.AtMs, " +
        "Sequence = CASE WHEN excluded.Sequence > LiveForgotten.Sequence THEN excluded.Sequence ELSE LiveForgotten.Sequence END";

    /// <summary>Every statement that looks for something; those that note it look for the same first.</summary>
    internal static IEnumerable<string> All => [Forgotten, Trim, OldMessages, Expire, OldNotes, ForgetNotes];

    /// <returns>The newest message of the channel that is gone; 0 when none is.</returns>
    public static long Through(StoreSession session, int appKey, string channel) => session.Statement(Forgotten).Bind(1, appKey).Bind(2, channel).ScalarInt64() ?? 0;

    /// <summary>A channel has got a message: now and then, the oldest beyond what is wanted go.</summary>
    /// <param name="history">Messages wanted.</param>
    public static void AfterAppending(WriteSession session, int appKey, string channel, long sequence, int history)
    {
        var last = sequence - history;
        if (sequence % TrimEvery == 0 && session.Statement(Trim).Bind(1, appKey).Bind(2, channel).Bind(3, last).Bind(4, MostTrimmed).Execute() > 0)
        {
            session.Statement(NoteTrimmed).Bind(1, appKey).Bind(2, channel).Bind(3, last).Bind(4, session.NowMs).Execute();
        }
    }

    /// <summary>Messages that are older than the history reaches go, and notes that are older than anybody asks for.</summary>
    /// <param name="rows">The most to remove of each; it bounds how long others wait.</param>
    /// <returns>Whether there may be more to remove.</returns>
    public static bool Expired(WriteSession session, TimeSpan retention, int rows)
    {
        var messages = Move(NoteExpired, Expire, retention);
        var notes = Move(NoteOfTheApp, ForgetNotes, retention + NotesKept);
        return messages >= rows || notes >= rows;

        int Move(string note, string remove, TimeSpan age)
        {
            var before = session.NowMs - (long)age.TotalMilliseconds;
            return session.Statement(note).Bind(1, before).Bind(2, rows).Bind(3, session.NowMs).Execute() == 0
                ? 0
                : session.Statement(remove).Bind(1, before).Bind(2, rows).Execute();
        }
    }
}
