using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>How webhooks are told what happened. Section <c>PushGateway:Webhooks</c>. How much may wait for one is the store's.</summary>
public sealed class WebhookOptions
{
    public const string SectionName = "PushGateway:Webhooks";

    /// <summary>Notices in one request at most. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxBatchNotices { get; set; } = 100;

    /// <summary>Bytes of the notices in one request at most, but for a single one that has more. Default 256 KiB.</summary>
    [Range(1_024, 16 * 1024 * 1024)]
    public int MaxBatchBytes { get; set; } = 256 * 1024;

    /// <summary>How long the first notice waits for others to share its request. Default 500 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the receiver has to answer. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:02:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Tries again before the webhook is parked. Default 8: with the waits below, after about five minutes.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 8;

    /// <summary>The first wait for another try; it doubles, with jitter, unless the receiver names one. Default 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait for another try, also when the receiver names a longer one. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan RetryLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Failures in a row after which a webhook is left alone for <see cref="BreakDuration"/>. Default 5.</summary>
    [Range(2, 1_000)]
    public int BreakAfter { get; set; } = 5;

    /// <summary>Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a parked webhook is tried with the oldest of what waits. Default 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether addresses may begin with http:, which anybody on the way can read. Default false.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Requests to webhooks at the same time; others wait their turn. One webhook never has more than one. Default 64.</summary>
    [Range(1, 10_000)]
    public int MaxRequests { get; set; } = 64;
}

/// <summary>Checks each range.</summary>
[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;
