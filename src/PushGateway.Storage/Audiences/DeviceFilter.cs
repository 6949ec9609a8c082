using System.Text;
using PushGateway.Core.Events;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>What a filter asks of a device's row beside its provider, ready to be compared; allocates nothing per row.</summary>
/// <remarks>
/// Judged here and not in the statement: a statement steps over what it leaves out without coming back, so a filter that lets little through
/// would make one page read as long as its shard. A row costs about as much either way.
/// </remarks>
internal sealed class DeviceFilter
{
    private readonly byte[][] _locales;
    private readonly byte[][] _timeZones;
    private readonly TagCondition[] _tags;
    private readonly byte[]? _fromVersion;
    private readonly byte[]? _toVersion;
    private readonly long _seenFromMs;
    private readonly long _seenBeforeMs;
    private readonly DeviceFilter? _also;

    private DeviceFilter(AudienceFilter filter)
    {
        _locales = [.. filter.Locales.Select(Encoding.UTF8.GetBytes)];
        _timeZones = [.. filter.TimeZones.Select(Encoding.UTF8.GetBytes)];
        _tags = [.. filter.Tags.Select(tag => TagCondition.Of(tag.Key, tag.Value))];
        (_fromVersion, _toVersion) = (Utf8(filter.AppVersions?.From), Utf8(filter.AppVersions?.To));
        NeedsVersion = filter.AppVersions is not null;

        // Times are stored in whole milliseconds: one is at or after an instant when it is not before the next whole one.
        _seenFromMs = CeilingMs(filter.SeenFrom) ?? long.MinValue;
        _seenBeforeMs = CeilingMs(filter.SeenBefore) ?? long.MaxValue;
        _also = filter.Also is null ? null : Of(filter.Also);
        NeedsVersion |= _also is { NeedsVersion: true };
    }

    /// <summary>Whether rows have to come with <see cref="AudienceStatements.AppVersion"/>.</summary>
    public bool NeedsVersion { get; }

    private bool Narrows => _locales.Length > 0 || _timeZones.Length > 0 || _tags.Length > 0 || NeedsVersion ||
        _seenFromMs != long.MinValue || _seenBeforeMs != long.MaxValue || _also is not null;

    /// <returns><see langword="null"/> when it lets every device through.</returns>
    public static DeviceFilter? Of(AudienceFilter filter) =>
        ReferenceEquals(filter, AudienceFilter.None) || new DeviceFilter(filter) is not { Narrows: true } narrow ? null : narrow;

    public bool LetsThrough(StoreStatement row)
    {
        // What is cheap to read first.
        if (_seenFromMs != long.MinValue || _seenBeforeMs != long.MaxValue)
        {
            var lastSeenMs = row.Int64(AudienceStatements.LastSeenMs);
            if (lastSeenMs < _seenFromMs || lastSeenMs >= _seenBeforeMs)
            {
                return false;
            }
        }

        return (_locales.Length == 0 || MatchesLocale(row.Bytes(AudienceStatements.Locale))) &&
            (_timeZones.Length == 0 || Contains(_timeZones, row.Bytes(AudienceStatements.TimeZone))) &&
            ((_fromVersion ?? _toVersion) is null || MatchesVersion(row.Bytes(AudienceStatements.AppVersion))) &&
            (_tags.Length == 0 || TagsJson.Match(row.Bytes(AudienceStatements.Tags), _tags)) &&
            (_also is null || _also.LetsThrough(row));
    }

    private bool MatchesLocale(ReadOnlySpan<byte> locale)
    {
        foreach (var range in _locales)
        {
            if (LocaleTag.Matches(locale, range))
            {
                return true;
            }
        }

        return false;
    }

    private bool MatchesVersion(ReadOnlySpan<byte> version) =>
        AppVersion.IsValid(version) &&
        (_fromVersion is null || AppVersion.Compare(version, _fromVersion) >= 0) &&
        (_toVersion is null || AppVersion.Compare(version, _toVersion) < 0);

    private static bool Contains(byte[][] texts, ReadOnlySpan<byte> text)
    {
        foreach (var candidate in texts)
        {
            if (text.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static long? CeilingMs(DateTimeOffset? instant) => instant is { } at
        ? at.ToUnixTimeMilliseconds() + (at.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1)
        : null;
}
