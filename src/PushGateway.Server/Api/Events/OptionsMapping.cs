using System.Globalization;
using System.Text;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps how an event is to be sent.</summary>
internal static class OptionsMapping
{
    private const int MaxCollapseIdBytes = 64;
    private const int MaxRate = 1_000_000;
    private const int MaxLiveWaitSeconds = 60;

    private static readonly TimeSpan s_maxAhead = TimeSpan.FromDays(366);
    private static readonly string[] s_timeFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public static EventOptions Map(OptionsRequest? request, DateTimeOffset now, FieldErrors errors)
    {
        if (request is null)
        {
            return new EventOptions();
        }

        var maxTtlSeconds = (long)EventOptions.MaxTtl.TotalSeconds;
        var ttlSeconds = request.TtlSeconds ?? maxTtlSeconds;
        if (ttlSeconds < 0 || ttlSeconds > maxTtlSeconds)
        {
            errors.Add("options.ttlSeconds", "ttlSeconds.outOfRange", $"Must be from 0 to {maxTtlSeconds}; it is {ttlSeconds}.");
            ttlSeconds = 0;
        }

        if (request.CollapseId is { } collapseId && (collapseId.Length == 0 || Encoding.UTF8.GetByteCount(collapseId) > MaxCollapseIdBytes || collapseId.Any(char.IsControl)))
        {
            errors.Add("options.collapseId", "collapseId.invalid", $"Must have 1 to {MaxCollapseIdBytes} bytes of UTF-8 and no control characters.");
        }

        if (request.MaxRatePerSecond is < 1 or > MaxRate)
        {
            errors.Add("options.maxRatePerSecond", "maxRatePerSecond.outOfRange", $"Must be from 1 to {MaxRate}.");
        }

        KnownTimeZone.Check(request.TimeZone, "options.timeZone", errors);
        var live = MapLive(request.Live, errors);
        return new EventOptions
        {
            Priority = MapPriority(request.Priority, errors),
            Ttl = TimeSpan.FromSeconds(ttlSeconds),
            CollapseId = request.CollapseId,
            SendAt = MapSendAt(request.SendAt, now, errors),
            MaxRatePerSecond = request.MaxRatePerSecond,
            LocalTime = TimeOfDay.Map(request.LocalTime, "options.localTime", "localTime.invalid", errors),
            TimeZone = request.TimeZone,
            IgnoreQuietHours = request.IgnoreQuietHours,
            IgnoreCap = request.IgnoreCap,
            Silent = request.Silent ?? false,
            ForbidsResend = request.ResendUnknown == false,
            Live = live,
            LiveWait = MapLiveWait(request, live, errors),
        };
    }

    private static TimeSpan? MapLiveWait(OptionsRequest request, LiveMode? live, FieldErrors errors)
    {
        var seconds = request.LiveWaitSeconds ?? (int)EventOptions.DefaultLiveWait.TotalSeconds;
        if (seconds is < 1 or > MaxLiveWaitSeconds)
        {
            errors.Add("options.liveWaitSeconds", "liveWaitSeconds.outOfRange", $"Must be from 1 to {MaxLiveWaitSeconds}; it is {seconds}.");
        }
        else if (request.LiveWaitSeconds is not null && live != LiveMode.First)
        {
            errors.Add("options.liveWaitSeconds", "liveWaitSeconds.notFirst", "Only an event with options.live first waits.");
        }
        else if (live == LiveMode.First && request.TtlSeconds is { } ttl and > 0 && ttl <= seconds)
        {
            errors.Add("options.ttlSeconds", "ttlSeconds.tooShort", $"With options.live first it must be more than options.liveWaitSeconds, or 0; it is {ttl}, and they are {seconds}.");
        }

        return request.LiveWaitSeconds is { } given ? TimeSpan.FromSeconds(given) : null;
    }

    private static LiveMode? MapLive(string? text, FieldErrors errors)
    {
        switch (text)
        {
            case null:
                return null;
            case "also":
                return LiveMode.Also;
            case "only":
                return LiveMode.Only;
            case "off":
                return LiveMode.Off;
            case "first":
                return LiveMode.First;
            default:
                errors.Add("options.live", "live.invalid", "Must be also, first, only or off.");
                return null;
        }
    }

    private static EventPriority MapPriority(string? text, FieldErrors errors)
    {
        switch (text)
        {
            case "high":
                return EventPriority.High;
            case null or "normal":
                return EventPriority.Normal;
            case "bulk":
                return EventPriority.Bulk;
            default:
                errors.Add("options.priority", "priority.invalid", "Must be high, normal or bulk.");
                return EventPriority.Normal;
        }
    }

    private static DateTimeOffset? MapSendAt(string? text, DateTimeOffset now, FieldErrors errors)
    {
        if (text is null)
        {
            return null;
        }

        // Without an offset it would mean this machine's time zone, which no publisher knows.
        var hasOffset = text.Length > 6 && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');
        if (!hasOffset ||
            !DateTimeOffset.TryParseExact(text.ToUpperInvariant(), s_timeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var sendAt))
        {
            errors.Add("options.sendAt", "sendAt.invalid", "Must be an RFC 3339 time with an offset, such as 2026-01-31T09:30:00Z.");
            return null;
        }

        if (sendAt > now + s_maxAhead)
        {
            errors.Add("options.sendAt", "sendAt.tooFar", $"Must be at most {s_maxAhead.TotalDays} days ahead.");
            return null;
        }

        return sendAt.ToUniversalTime();
    }
}
