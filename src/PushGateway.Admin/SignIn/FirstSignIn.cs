using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>The one-time link that leads to creating the first admin. It is never stored: a start without any user makes a new one.</summary>
public sealed class FirstSignIn(IAdminUserStore users, IOptions<AdminOptions> options, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private byte[]? _hash;
    private DateTimeOffset _until;

    /// <summary>Makes a link, and ends the one before.</summary>
    /// <returns>The path with its secret, such as <c>/admin/setup?token=…</c>; <see langword="null"/> when there is a user.</returns>
    public async Task<string?> IssueAsync(CancellationToken cancellationToken)
    {
        if ((await users.ListAsync(cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            return null;
        }

        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        lock (_gate)
        {
            (_hash, _until) = (Hash(token), timeProvider.GetUtcNow() + options.Value.FirstSignInLifetime);
        }

        return $"/admin/setup?token={token}";
    }

    /// <summary>Whether the link still works.</summary>
    public bool Accepts(string? token)
    {
        lock (_gate)
        {
            return token is { Length: > 0 and < 100 } && _hash is not null && timeProvider.GetUtcNow() < _until &&
                CryptographicOperations.FixedTimeEquals(_hash, Hash(token));
        }
    }

    /// <summary>Uses the link up.</summary>
    /// <returns><see langword="false"/> when it did not work, or somebody else was quicker.</returns>
    public bool Take(string? token)
    {
        lock (_gate)
        {
            if (!Accepts(token))
            {
                return false;
            }

            _hash = null;
            return true;
        }
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
