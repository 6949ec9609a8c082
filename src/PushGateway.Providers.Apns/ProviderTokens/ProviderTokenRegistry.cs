using System.Security.Cryptography;
using System.Text;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns.ProviderTokens;

/// <summary>One token source per team and key, however many apps and senders use it. Safe for concurrent use.</summary>
/// <remarks>
/// A source outlives its last user until its token is 20 minutes old, so that replacing a credential by the same key, or checking it
/// again and again, signs no second token too early.
/// </remarks>
internal sealed class ProviderTokenRegistry(TimeSpan renewalAge, HeaderIndexing indexing, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<KeyIdentity, Entry> _entries = [];

    /// <summary>Team, key and what the key is: the same ids with another key file are another credential.</summary>
    public static KeyIdentity Identify(ApnsCredential credential) =>
        new(credential.TeamId, credential.KeyId, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(credential.PrivateKey))));

    /// <summary>The source of the credential's key; give it back with <see cref="Return"/>.</summary>
    public ProviderTokenSource Rent(ApnsCredential credential)
    {
        var identity = Identify(credential);
        lock (_lock)
        {
            Forget();
            if (!_entries.TryGetValue(identity, out var entry))
            {
                entry = new Entry(new ProviderTokenSource(credential, renewalAge, indexing, timeProvider));
                _entries.Add(identity, entry);
            }

            entry.Users++;
            return entry.Source;
        }
    }

    public void Return(ApnsCredential credential)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(Identify(credential), out var entry))
            {
                entry.Users--;
            }

            Forget();
        }
    }

    private void Forget()
    {
        foreach (var (identity, entry) in _entries)
        {
            if (entry.Users == 0 && entry.Source.IsForgettable)
            {
                // Removing while enumerating is allowed for Dictionary.
                _entries.Remove(identity);
            }
        }
    }

    private sealed class Entry(ProviderTokenSource source)
    {
        public ProviderTokenSource Source => source;

        public int Users { get; set; }
    }
}

/// <param name="KeyDigest">SHA-256 of the private key's text, hexadecimal.</param>
internal sealed record KeyIdentity(string TeamId, string KeyId, string KeyDigest);
