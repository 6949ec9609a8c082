using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PushGateway.Live;

/// <summary>Limits of live connections.</summary>
public sealed class LiveOptions
{
    public const string SectionName = "PushGateway:Live";

    /// <summary>Live subscribers at the same time, over all channels and transports, 1 to 10,000,000; a further one is answered 503. Default 50,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxSubscribers { get; set; } = 50_000;

    /// <summary>
    /// Newest messages of a channel with live subscribers that are kept in memory, 1 to 100,000. Who is further behind reads the history in the store. Default 128.
    /// </summary>
    [Range(1, 100_000)]
    public int RecentMessages { get; set; } = 128;

    /// <summary>After so long without a message a stream is sent something that means nothing, so that nobody on the way takes it for dead, 1 second to 1 hour. Default 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one write to a client may take, 1 second to 10 minutes; then it is dropped. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest a poll may ask to wait for a message, 0 to 5 minutes. Default 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxPollWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Channels one SignalR connection may follow at the same time, 1 to 10,000. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxChannelsPerConnection { get; set; } = 100;

    /// <summary>Bytes of data in a message that a client sends, 64 to 65,536. Default 4,096.</summary>
    [Range(64, 65_536)]
    public int MaxClientMessageBytes { get; set; } = 4_096;
}

[OptionsValidator]
internal sealed partial class LiveOptionsValidator : IValidateOptions<LiveOptions>;
