using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Server.Canary;

/// <summary>A notification on a schedule to a device that is there for it, through the real path: what the outside world would notice is measured.</summary>
public sealed class CanaryOptions
{
    public const string SectionName = "PushGateway:Canary";

    /// <summary>The app whose credentials are used; with <see cref="Subscriber"/>. Default none: there is no canary.</summary>
    public string? App { get; set; }

    /// <summary>The subscriber whose device is notified, such as a test phone of one's own. Its devices all are; the first accepted one counts.</summary>
    public string? Subscriber { get; set; }

    /// <summary>From one run to the next, 10 seconds to 1 day. Default 1 minute.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A notification that no provider has accepted for so long after the publish is late, 1 second to 5 minutes and no more than <see cref="Interval"/>. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the device shows nothing (APNs push type <c>background</c>). Default true.</summary>
    public bool Silent { get; set; } = true;
}

/// <summary>Collects every broken rule and names the key to set.</summary>
internal sealed class CanaryOptionsValidator : IValidateOptions<CanaryOptions>
{
    public ValidateOptionsResult Validate(string? name, CanaryOptions options)
    {
        var problems = new List<string>();
        Check(options.App is null == options.Subscriber is null, nameof(options.Subscriber), $"must be given with {nameof(options.App)}, and only then");
        Check(options.App is null || Identifier.IsValid(options.App), nameof(options.App), $"must have {Identifier.Rule}");
        Check(options.Subscriber is null || Identifier.IsValid(options.Subscriber), nameof(options.Subscriber), $"must have {Identifier.Rule}");
        Check(options.Interval >= TimeSpan.FromSeconds(10) && options.Interval <= TimeSpan.FromDays(1), nameof(options.Interval), $"is {options.Interval}; it must be from 10 seconds to 1 day");
        Check(options.Timeout >= TimeSpan.FromSeconds(1) && options.Timeout <= TimeSpan.FromMinutes(5), nameof(options.Timeout), $"is {options.Timeout}; it must be from 1 second to 5 minutes");
        Check(options.Timeout <= options.Interval, nameof(options.Timeout), $"is {options.Timeout}; it must be no more than {nameof(options.Interval)}, {options.Interval}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(bool holds, string key, string rule)
        {
            if (!holds)
            {
                problems.Add($"{CanaryOptions.SectionName}:{key} {rule}.");
            }
        }
    }
}
