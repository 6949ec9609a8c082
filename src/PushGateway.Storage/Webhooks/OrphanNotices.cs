using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Webhooks;

/// <summary>Notices whose webhook is gone: its deletion broke off, or its app was deleted.</summary>
internal static class OrphanNotices
{
    // One look-up for each webhook, not one for each notice.
    internal const string NextWebhook = "SELECT min(WebhookKey) FROM WebhookNotices WHERE WebhookKey > ?1";

    internal const string IsKnown = "SELECT 1 FROM Webhooks WHERE WebhookKey = ?1";

    internal const string RemoveSome =
        "DELETE FROM WebhookNotices WHERE WebhookKey = ?1 AND NoticeKey IN (SELECT NoticeKey FROM WebhookNotices WHERE WebhookKey = ?1 LIMIT ?2)";

    internal static IEnumerable<string> All => [NextWebhook, IsKnown, RemoveSome];

    /// <returns>Rows removed, at most <paramref name="rows"/>.</returns>
    public static int Remove(WriteSession session, int rows)
    {
        var (removed, key) = (0, 0L);
        while (removed < rows && session.Statement(NextWebhook).Bind(1, key).ScalarInt64() is { } next)
        {
            key = next;
            if (session.Statement(IsKnown).Bind(1, key).ScalarInt64() is null)
            {
                removed += session.Statement(RemoveSome).Bind(1, key).Bind(2, rows - removed).Execute();
            }
        }

        return removed;
    }
}
