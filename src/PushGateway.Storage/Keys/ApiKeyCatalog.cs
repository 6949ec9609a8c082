using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Keys;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Keys;

/// <summary>All API keys in memory, as committed. Changed on the writer after its commits.</summary>
internal sealed class ApiKeyCatalog
{
    private volatile ImmutableDictionary<KeyHash, ApiKey> _keys = ImmutableDictionary<KeyHash, ApiKey>.Empty;

    public ApiKey? Find(ReadOnlySpan<byte> hash) => KeyHash.TryRead(hash, out var key) ? _keys.GetValueOrDefault(key) : null;

    /// <returns>Oldest first.</returns>
    public IReadOnlyList<ApiKey> List() => [.. _keys.Values.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id, StringComparer.Ordinal)];

    public static IReadOnlyList<ApiKey> Read(StoreSession session)
    {
        using var context = session.CreateContext();
        return context.ApiKeys.AsNoTracking()
            .Select(key => new { Row = key, AppId = context.Apps.Where(app => app.AppKey == key.AppKey).Select(app => app.AppId).FirstOrDefault() })
            .AsEnumerable()
            .Select(key => new ApiKey
            {
                Id = key.Row.KeyId,
                Name = key.Row.Name,
                Scopes = key.Row.Scopes,
                AppId = key.AppId,
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(key.Row.CreatedAtMs),
                Hash = key.Row.Hash,
            })
            .ToList();
    }

    /// <summary>On the writer only, or before it has anything to do.</summary>
    public void Replace(IReadOnlyList<ApiKey> keys) => _keys = keys.ToImmutableDictionary(key => KeyHash.Read(key.Hash.Span));

    /// <summary>On the writer only.</summary>
    public void Add(ApiKey key) => _keys = _keys.SetItem(KeyHash.Read(key.Hash.Span), key);

    /// <summary>On the writer only.</summary>
    public void Remove(string id) => RemoveWhere(key => key.Id == id);

    /// <summary>On the writer only.</summary>
    public void RemoveApp(string appId) => RemoveWhere(key => key.AppId == appId);

    private void RemoveWhere(Func<ApiKey, bool> condition) =>
        _keys = _keys.RemoveRange(_keys.Where(entry => condition(entry.Value)).Select(entry => entry.Key));
}
