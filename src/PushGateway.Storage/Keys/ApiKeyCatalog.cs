using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Keys;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Keys;

/// <summary>All API keys in memory, as committed. Changed on the writer after its commits.</summary>
internal sealed class ApiKeyCatalog
{
    private const long PrecisionMs = 1_000;

    private volatile ImmutableDictionary<KeyHash, ApiKey> _keys = ImmutableDictionary<KeyHash, ApiKey>.Empty;

    // When each was last used, by id, as far as it is not recorded: no more than there are keys.
    private readonly ConcurrentDictionary<string, long> _used = new(StringComparer.Ordinal);

    public ApiKey? Find(ReadOnlySpan<byte> hash) => KeyHash.TryRead(hash, out var key) ? _keys.GetValueOrDefault(key) : null;

    /// <returns>Oldest first.</returns>
    public IReadOnlyList<ApiKey> List() => [.. _keys.Values.Select(WithUse).OrderBy(key => key.CreatedAt).ThenBy(key => key.Id, StringComparer.Ordinal)];

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
                LastUsedAt = key.Row.LastUsedAtMs is { } usedMs ? DateTimeOffset.FromUnixTimeMilliseconds(usedMs) : null,
            })
            .ToList();
    }

    /// <summary>On the writer only, or before it has anything to do.</summary>
    public void Replace(IReadOnlyList<ApiKey> keys) => _keys = keys.ToImmutableDictionary(key => KeyHash.Read(key.Hash.Span));

    public void MarkUsed(string id, long atMs)
    {
        // Most requests change nothing: a key in use is noted once a second.
        if (!_used.TryGetValue(id, out var beforeMs) || atMs - beforeMs >= PrecisionMs)
        {
            _used[id] = atMs;
        }
    }

    public IReadOnlyList<(string Id, long AtMs)> Unrecorded() => [.. _used.Select(static use => (use.Key, use.Value))];

    /// <summary>On the writer only.</summary>
    public void OnRecorded(IReadOnlyList<(string Id, long AtMs)> uses)
    {
        var byId = uses.ToDictionary(use => use.Id, use => use.AtMs, StringComparer.Ordinal);
        _keys = _keys.SetItems(_keys
            .Where(entry => byId.TryGetValue(entry.Value.Id, out var atMs) && !(entry.Value.LastUsedAt?.ToUnixTimeMilliseconds() >= atMs))
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value with { LastUsedAt = DateTimeOffset.FromUnixTimeMilliseconds(byId[entry.Value.Id]) })));
        foreach (var use in uses)
        {
            // Unless it has been used again since.
            _used.TryRemove(KeyValuePair.Create(use.Id, use.AtMs));
        }
    }

    private ApiKey WithUse(ApiKey key) =>
        _used.TryGetValue(key.Id, out var atMs) ? key with { LastUsedAt = DateTimeOffset.FromUnixTimeMilliseconds(atMs) } : key;

    /// <summary>On the writer only.</summary>
    public void Add(ApiKey key) => _keys = _keys.SetItem(KeyHash.Read(key.Hash.Span), key);

    /// <summary>On the writer only.</summary>
    public void Remove(string id) => RemoveWhere(key => key.Id == id);

    /// <summary>On the writer only.</summary>
    public void RemoveApp(string appId) => RemoveWhere(key => key.AppId == appId);

    private void RemoveWhere(Func<ApiKey, bool> condition) =>
        _keys = _keys.RemoveRange(_keys.Where(entry => condition(entry.Value)).Select(entry => entry.Key));
}
