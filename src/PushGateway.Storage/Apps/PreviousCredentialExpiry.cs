using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Apps;

/// <summary>Removes credentials that were replaced long enough ago; there is one at most for each app and provider.</summary>
internal sealed class PreviousCredentialExpiry(AppCatalog catalog, IOptions<StorageOptions> options)
{
    private const string Expired =
        "SELECT AppKey, Provider FROM ProviderCredentials WHERE PreviousReplacedAtMs IS NOT NULL AND PreviousReplacedAtMs <= ?1 LIMIT ?2";

    private const string Remove =
        "UPDATE ProviderCredentials SET PreviousSecret = NULL, PreviousVersion = NULL, PreviousUpdatedAtMs = NULL, PreviousReplacedAtMs = NULL " +
        "WHERE AppKey = ?1 AND Provider = ?2";

    /// <param name="rows">The most that one step removes.</param>
    /// <returns>Whether there may be more to remove.</returns>
    public bool Run(WriteSession session, int rows)
    {
        var expired = new List<(int AppKey, ProviderKind Provider)>();
        var row = session.Statement(Expired).Bind(1, session.NowMs - (long)options.Value.PreviousCredentialRetention.TotalMilliseconds).Bind(2, rows);
        while (row.Step())
        {
            expired.Add((row.Int32(0), (ProviderKind)row.Int32(1)));
        }

        foreach (var (appKey, provider) in expired)
        {
            session.Statement(Remove).Bind(1, appKey).Bind(2, (int)provider).Execute();
            session.OnCatalogCommitted(() => Forget(appKey, provider));
        }

        return expired.Count == rows;
    }

    private void Forget(int appKey, ProviderKind provider)
    {
        // Also one that cannot be read here, which has no history; and an app that another change of the same commit deleted.
        if (catalog.Find(appKey)?.HistoryOf(provider) is { Previous: not null } history)
        {
            catalog.Change(appKey, app => app with
            {
                CredentialHistories = new Dictionary<ProviderKind, CredentialHistory>(app.CredentialHistories) { [provider] = history with { Previous = null } },
            });
        }
    }
}
