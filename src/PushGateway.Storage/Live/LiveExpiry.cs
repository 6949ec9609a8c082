using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

/// <summary>Takes messages out of the live history that are older than it reaches.</summary>
internal static class LiveExpiry
{
    internal const string Expired =
        "DELETE FROM LiveMessages WHERE (AppKey, Channel, Sequence) IN " +
        "(SELECT AppKey, Channel, Sequence FROM LiveMessages WHERE AtMs <= ?1 ORDER BY AtMs LIMIT ?2)";

    /// <param name="rows">The most to remove; it bounds how long others wait.</param>
    /// <returns>Whether there may be more to remove.</returns>
    public static bool Run(WriteSession session, TimeSpan retention, int rows) =>
        session.Statement(Expired).Bind(1, session.NowMs - (long)retention.TotalMilliseconds).Bind(2, rows).Execute() >= rows;
}
