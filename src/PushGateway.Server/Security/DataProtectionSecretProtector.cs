using Microsoft.AspNetCore.DataProtection;
using PushGateway.Core.Providers;

namespace PushGateway.Server.Security;

/// <summary>Encrypts provider secrets with ASP.NET Core Data Protection. The purpose is part of the stored form: never change it.</summary>
internal sealed class DataProtectionSecretProtector(IDataProtectionProvider provider) : ISecretProtector
{
    private readonly IDataProtector _protector = provider.CreateProtector("PushGateway.ProviderCredential.v1");

    public byte[] Protect(byte[] plaintext) => _protector.Protect(plaintext);

    public byte[] Unprotect(byte[] ciphertext) => _protector.Unprotect(ciphertext);
}
