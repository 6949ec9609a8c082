using PushGateway.Core.Keys;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Security;

/// <summary>Sees to it that there is an admin key: the operator's, else one generated on the first start and printed once.</summary>
/// <remarks>Started after the store and before the API listens.</remarks>
internal sealed class FirstAdminKey(
    IApiKeyStore keys, IConfiguration configuration, TimeProvider timeProvider, ILogger<FirstAdminKey> logger) : IHostedService
{
    public const string SettingName = "PUSHGATEWAY_ADMIN_KEY";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration[SettingName] is { Length: > 0 } secret)
        {
            await AddIfNewAsync(secret, SettingName, cancellationToken);
            return;
        }

        if (keys.List().Any(key => key.Scopes.HasFlag(ApiKeyScopes.Admin)))
        {
            return;
        }

        var generated = ApiKeySecret.Generate();
        await AddIfNewAsync(generated, "first admin key", cancellationToken);
        await Console.Out.WriteLineAsync($"Admin API key, shown only now: {generated}");
        ServerLog.AdminKeyGenerated(logger);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="InvalidSettingException">The setting is there and no key; names it, never repeats its value.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[SettingName] is not { Length: > 0 } secret)
        {
            return;
        }

        if (secret.Length is < ApiKeySecret.MinLength or > ApiKeySecret.MaxLength || secret.Trim().Length != secret.Length || secret.Any(char.IsControl))
        {
            throw new InvalidSettingException(
                SettingName,
                $"must have {ApiKeySecret.MinLength} to {ApiKeySecret.MaxLength} characters, no control characters, and no space at its ends.");
        }
    }

    private async Task AddIfNewAsync(string secret, string name, CancellationToken cancellationToken)
    {
        var hash = ApiKeySecret.Hash(secret);
        if (keys.FindByHash(hash) is not null)
        {
            return;
        }

        var now = timeProvider.GetUtcNow();
        var key = new ApiKey { Id = Guid.CreateVersion7(now).ToString("N"), Name = name, Scopes = ApiKeyScopes.Admin, CreatedAt = now, Hash = hash };
        await keys.AddAsync(key, cancellationToken);
    }
}
