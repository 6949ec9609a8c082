using PushGateway.Core.Live;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

internal sealed class LiveStore(StoreDatabase database, StoreWriter writer, ReadPool reads, LiveAppending appending, LiveNews news, LiveEcho echo) : ILiveStore
{
    internal const string Behind =
        "SELECT Sequence, Json FROM LiveMessages WHERE AppKey = ?1 AND Channel = ?2 AND Sequence > ?3 ORDER BY Sequence LIMIT ?4";

    internal const string Oldest = "SELECT Sequence FROM LiveMessages WHERE AppKey = ?1 AND Channel = ?2 ORDER BY Sequence LIMIT 1";

    /// <summary>Every statement that looks for something in the history.</summary>
    internal static IEnumerable<string> All => [Behind, Oldest, LiveAppending.Newest, .. LiveForgetting.All];

    public bool IsShared => database.IsShared;

    public event Action<int, string, LiveEntry>? Appended
    {
        add => news.Appended += value;
        remove => news.Appended -= value;
    }

    public event Action? Missed
    {
        add => echo.Missed += value;
        remove => echo.Missed -= value;
    }

    public Func<int, string, bool>? Followed
    {
        get => echo.Followed;
        set => echo.Followed = value;
    }

    public Task<LiveEntry> AppendAsync(int appKey, LiveMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return writer.RunAsync(session => appending.Append(session, appKey, message), cancellationToken);
    }

    public ValueTask<LivePage> ReadAsync(int appKey, string channel, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return reads.ReadAsync(session => Read(session, appKey, channel, after, limit), cancellationToken);
    }

    internal static LivePage Read(StoreSession session, int appKey, string channel, long after, int limit)
    {
        var forgotten = LiveForgetting.Through(session, appKey, channel);
        var newest = session.Statement(LiveAppending.Newest).Bind(1, appKey).Bind(2, channel).ScalarInt64() ?? forgotten;
        var entries = new List<LiveEntry>();
        if (after < newest)
        {
            // Some that are forgotten may still be there, with others gone between them.
            var row = session.Statement(Behind).Bind(1, appKey).Bind(2, channel).Bind(3, Math.Max(after, forgotten)).Bind(4, limit);
            while (row.Step())
            {
                entries.Add(new LiveEntry(row.Int64(0), row.Bytes(1).ToArray()));
            }
        }

        var start = forgotten > 0 || newest == 0 ? forgotten : session.Statement(Oldest).Bind(1, appKey).Bind(2, channel).ScalarInt64()!.Value - 1;
        return new LivePage(entries, start, newest) { IsWhole = forgotten == 0 };
    }
}
