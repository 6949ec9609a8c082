using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Keys;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Keys;

internal sealed class ApiKeyStore(ApiKeyCatalog catalog, StoreWriter writer) : IApiKeyStore
{
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
