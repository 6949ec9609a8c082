using Microsoft.Extensions.Options;
using PushGateway.Server.Security;

namespace PushGateway.Server.Settings;

/// <summary>Collects every broken rule and names the key to set.</summary>
internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    private const int MaxProxies = 100;

    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        var problems = new List<string>();
        Check(options.MaxBodyBytes, 1_024, 67_108_864, nameof(options.MaxBodyBytes));
        Check(options.MaxJsonDepth, 4, 256, nameof(options.MaxJsonDepth));
        Check(options.RequestsPerSecond, 0, 10_000_000, nameof(options.RequestsPerSecond));
        Check(options.SubscriberRequestsPerSecond, 0, 10_000_000, nameof(options.SubscriberRequestsPerSecond));
        Check(options.AnonymousRequestsPerSecond, 0, 10_000_000, nameof(options.AnonymousRequestsPerSecond));
        Check(options.FailedKeysPerMinute, 0, 1_000_000, nameof(options.FailedKeysPerMinute));
        Check(options.MaxConnections, 10, 1_000_000, nameof(options.MaxConnections));
        Check(options.MaxHeaderBytes, 4_096, 1_048_576, nameof(options.MaxHeaderBytes));
        Check(options.TrustedProxies.Length, 0, MaxProxies, nameof(options.TrustedProxies));
        problems.AddRange(options.TrustedProxies.Where(text => !ProxyTrust.TryParse(text, out _)).Select(
            text => $"{ApiOptions.SectionName}:{nameof(options.TrustedProxies)} has '{text}', which is no address and no network such as 10.0.0.0/24."));
        Check(options.MaxImportLineBytes, 1_024, 1_048_576, nameof(options.MaxImportLineBytes));
        Check(options.ImportBatchSize, 1, 100_000, nameof(options.ImportBatchSize));
        Check(options.MaxApiKeys, 1, 1_000_000, nameof(options.MaxApiKeys));
        Check(options.MaxWebhooks, 1, 100, nameof(options.MaxWebhooks));
        Check(options.MaxSavedAudiences, 1, 100_000, nameof(options.MaxSavedAudiences));
        Check(options.MaxCounts, 1, 64, nameof(options.MaxCounts));
        Check(options.MaxProgressStreams, 1, 1_000_000, nameof(options.MaxProgressStreams));
        Check(options.ControlTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(5), nameof(options.ControlTimeout));
        Check(options.CheckTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), nameof(options.CheckTimeout));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check<T>(T value, T lowest, T highest, string key)
            where T : IComparable<T>
        {
            if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            {
                problems.Add($"{ApiOptions.SectionName}:{key} is {value}; it must be from {lowest} to {highest}.");
            }
        }
    }
}
