using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>The rule for passwords, and their hashes as ASP.NET Core Identity makes them (PBKDF2).</summary>
internal sealed class Passwords : IDisposable
{
    public const int MinLength = 12;
    public const int MaxLength = 200;

    public const string Rule = "A password has 12 to 200 characters and is not the name.";

    private readonly PasswordHasher<AdminUser> _hasher = new();

    // Hashing takes a core for a tenth of a second: however many try at once, most cores stay with sending.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _nobodys;

    public Passwords() => _nobodys = _hasher.HashPassword(null!, RandomNumberGenerator.GetHexString(32));

    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? Check(string? password, string name) =>
        password is not { Length: >= MinLength and <= MaxLength } || password.Equals(name, StringComparison.OrdinalIgnoreCase) ? Rule : null;

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _hasher.HashPassword(null!, password);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes as long for somebody who does not exist.</summary>
    public async Task<bool> VerifyAsync(AdminUser? user, string password, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var isRight = _hasher.VerifyHashedPassword(null!, user?.PasswordHash ?? _nobodys, password) != PasswordVerificationResult.Failed;
            return isRight && user?.PasswordHash is not null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
