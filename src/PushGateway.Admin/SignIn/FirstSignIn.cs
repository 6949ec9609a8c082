using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>
/// The link that leads to creating the first admin. A start without any user makes one more; each works at every gateway of the store, until its time is over
/// or somebody has used one: then there is a user, and none works. Only hashes of the links are stored.
/// </summary>
public sealed class FirstSignIn(IAdminUserStore users, IOptions<AdminOptions> options, TimeProvider timeProvider)
{
    private const int TokenBytes = 32;

    /// <summary>Makes a link.</summary>
    /// <returns>The path with its secret, such as <c>/admin/setup?token=…</c>; <see langword="null"/> when there is a user.</returns>
    public async Task<string?> IssueAsync(CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var now = timeProvider.GetUtcNow();
        return await users.AddFirstSignInAsync(Hash(token), now, now + options.Value.FirstSignInLifetime, cancellationToken).ConfigureAwait(false)
            ? $"/admin/setup?token={token}"
            : null;
    }

    /// <summary>Whether the link works.</summary>
    public async Task<bool> AcceptsAsync(string? token, CancellationToken cancellationToken) =>
        token is not null && Base64Url.IsValid(token, out var bytes) && bytes == TokenBytes &&
        await users.IsFirstSignInAsync(Hash(token), timeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false);

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
