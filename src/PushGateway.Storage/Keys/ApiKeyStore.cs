using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Keys;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Keys;

internal sealed class ApiKeyStore(ApiKeyCatalog catalog, StoreWriter writer) : IApiKeyStore
{
    // Another gateway on the same store may have seen it later.
    private const string RecordUse = "UPDATE ApiKeys SET LastUsedAtMs = ?2 WHERE KeyId = ?1 AND (LastUsedAtMs IS NULL OR LastUsedAtMs < ?2)";

    public ApiKey? FindByHash(ReadOnlySpan<byte> hash) => catalog.Find(hash);

    public IReadOnlyList<ApiKey> List() => catalog.List();

    /// <exception cref="InvalidOperationException">The key is for an app that does not exist.</exception>
    public Task AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        KeyHash.Read(key.Hash.Span);
        return writer.RunAsync(session => Add(session, key), cancellationToken);
    }

    public Task<bool> RemoveAsync(string id, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            using var context = session.CreateContext();
            session.OnCatalogCommitted(() => catalog.Remove(id));
            return context.ApiKeys.Where(key => key.KeyId == id).ExecuteDelete() > 0;
        },
        cancellationToken);

    public void MarkUsed(ApiKey key, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(key);
        catalog.MarkUsed(key.Id, at.ToUnixTimeMilliseconds());
    }

    public Task RecordUsesAsync(CancellationToken cancellationToken)
    {
        var uses = catalog.Unrecorded();
        return uses.Count == 0 ? Task.CompletedTask : writer.RunAsync(session => Record(session, uses), cancellationToken);
    }

    private void Record(WriteSession session, IReadOnlyList<(string Id, long AtMs)> uses)
    {
        foreach (var (id, atMs) in uses)
        {
            session.Statement(RecordUse).Bind(1, id).Bind(2, atMs).Execute();
        }

        session.OnCommitted(() => catalog.OnRecorded(uses));
    }

    private void Add(WriteSession session, ApiKey key)
    {
        using var context = session.CreateContext();
        int? appKey = null;
        if (key.AppId is not null)
        {
            appKey = context.Apps.Where(app => app.AppId == key.AppId).Select(app => (int?)app.AppKey).SingleOrDefault()
                ?? throw new InvalidOperationException($"There is no app {key.AppId} for the key.");
        }

        context.ApiKeys.Add(new ApiKeyRow
        {
            KeyId = key.Id,
            Name = key.Name,
            Scopes = key.Scopes,
            AppKey = appKey,
            CreatedAtMs = key.CreatedAt.ToUnixTimeMilliseconds(),
            Hash = key.Hash.ToArray(),
        });
        context.SaveChanges();
        session.OnCatalogCommitted(() => catalog.Add(key));
    }
}
