namespace PushGateway.Core.Providers;

/// <summary>Encrypts provider secrets for storage; the composition root supplies it (ASP.NET Core Data Protection).</summary>
public interface ISecretProtector
{
    byte[] Protect(byte[] plaintext);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key that protected it is gone, or the bytes were changed.</exception>
    byte[] Unprotect(byte[] ciphertext);
}
