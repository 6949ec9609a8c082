using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch;

/// <summary>Bounds and times of the fan-out. Section <c>PushGateway:Dispatch</c>.</summary>
public sealed class DispatchOptions
{
    public const string SectionName = "PushGateway:Dispatch";

    /// <summary>Devices in one page, the unit of reading, checkpoint and receipts. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int PageSize { get; set; } = 1_000;

    /// <summary>
    /// Devices read and not yet recorded, over all events; reading pauses when it is reached. It bounds memory, and it is the
    /// most that can be sent a second time after a crash. At least <see cref="PageSize"/>. An eighth of it is kept for events of
    /// normal and high priority, another for high alone. Default 32,000.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxDevicesInFlight { get; set; } = 32_000;

    /// <summary>
    /// Pages read and not yet recorded, over all events, however small they are: an event for one device is one for as long as its provider
    /// takes to answer and the outcome to be recorded. Default 1,024.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxPagesInFlight { get; set; } = 1_024;

    /// <summary>Pages of normal and bulk events that are being read at a time, over all events; those of high ones are not held up by it. Default 4.</summary>
    [Range(1, 256)]
    public int MaxPagesReading { get; set; } = 4;

    /// <summary>Events held in memory at a time; the others wait in the store. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxActiveEvents { get; set; } = 10_000;

    /// <summary>
    /// Repeats of a temporary outcome that come soon (<see cref="InProcessRetryDelay"/>); later ones take
    /// <see cref="DeferredRetryDelay"/>. They are made while the page is held when much of it needs one, and pass through the store like
    /// all others when little does: a page does not wait for its slowest device. 0 defers everything. Default 2.
    /// </summary>
    [Range(0, 10)]
    public int InProcessRetries { get; set; } = 2;

    /// <summary>The longest wait for a repeat in process; what must wait longer is deferred. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan InProcessRetryLimit { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The first wait for a repeat in process; it doubles, with full jitter. Default 200 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan InProcessRetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The first wait of a deferred device when the provider named none; it doubles with each attempt, with full jitter. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan DeferredRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait of a deferred device when the provider named none. Default 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DeferredRetryLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Attempts for one device and event before the gateway gives up with outcome expired. Default 20.</summary>
    [Range(1, 1_000)]
    public int MaxAttempts { get; set; } = 20;

    /// <summary>Answers in a row that say the provider is failing, before an app's provider backs off. Default 50.</summary>
    [Range(1, 100_000)]
    public int UnavailableLimit { get; set; } = 50;

    /// <summary>The first back-off of a failing provider; it doubles up to <see cref="ProbeIntervalLimit"/>, with jitter. Default 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan BackOffDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after a refused credential one push tries it again; doubles up to <see cref="ProbeIntervalLimit"/>. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ProbeIntervalLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Tokens refused as if of another environment or project, before any was accepted, that stop an app's provider: it looks like a
    /// wrong environment, and going on would burn through the audience. Default 100.
    /// </summary>
    [Range(1, 1_000_000)]
    public int SuspectTokenLimit { get; set; } = 100;

    /// <summary>
    /// Repeats of any kind that are allowed, in percent of an app's first attempts through a provider within
    /// <see cref="RetryBudgetWindow"/>; what is above waits in the store. Default 10.
    /// </summary>
    [Range(0, 1_000)]
    public int RetryBudgetPercent { get; set; } = 10;

    /// <summary>
    /// How long a first attempt counts for <see cref="RetryBudgetPercent"/>. Google's wait is a minute when it names none, so with a window of
    /// that length the repeats of a short broadcast would come due when its first attempts have just left it. Default 2 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan RetryBudgetWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Repeats a second that are allowed beyond <see cref="RetryBudgetPercent"/>, for all apps together. Default 100.</summary>
    [Range(1, 1_000_000)]
    public int RetryBudgetFloor { get; set; } = 100;

    /// <summary>
    /// How long the sending to an FCM project takes from a fifth of its quota, or 2,000 messages a second, to all of it; Google asks for a
    /// minute or more. Also how long it takes back after a cut for throttling, which is a minute when this is 0: no ramp. Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan QuotaRampUp { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most devices that can be sent to a second time after a crash: those of the pages in flight, <see cref="MaxPagesInFlight"/> ×
    /// <see cref="PageSize"/>, and never more than <see cref="MaxDevicesInFlight"/>.
    /// </summary>
    internal long ResendBound => Math.Min(MaxDevicesInFlight, (long)MaxPagesInFlight * PageSize);
}

/// <summary>Checks each range, and the options against each other.</summary>
[OptionsValidator]
internal sealed partial class DispatchOptionsRangeValidator : IValidateOptions<DispatchOptions>;

internal sealed class DispatchOptionsValidator : IValidateOptions<DispatchOptions>
{
    public ValidateOptionsResult Validate(string? name, DispatchOptions options) =>
        options.MaxDevicesInFlight < options.PageSize
            ? ValidateOptionsResult.Fail(
                $"{DispatchOptions.SectionName}:{nameof(DispatchOptions.MaxDevicesInFlight)} is {options.MaxDevicesInFlight}, less than " +
                $"{nameof(DispatchOptions.PageSize)}, {options.PageSize}: no page could ever be read.")
            : ValidateOptionsResult.Success;
}
