using System.Text;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Sqlite.Devices;
using PushGateway.Storage.Sqlite.Engine;

namespace PushGateway.Storage.Sqlite.Audiences;

/// <summary>Puts the devices of one page into it, those that the query wants, and knows when the page must end.</summary>
internal sealed class AudienceFill
{
    private readonly AudienceQuery _query;
    private readonly AudiencePage _page;
    private readonly ProviderSet _providers;
    private readonly byte[][] _locales;
    private readonly KeyValuePair<string, string>[] _tags;
    private readonly bool _needsLocale;
    private int _left;

    /// <param name="maxLookedAt">Rows after which the page ends even if it is not full.</param>
    public AudienceFill(AudienceQuery query, ProviderSet providers, AudienceCursor after, AudiencePage page, int maxLookedAt)
    {
        (_query, _page, _left) = (query, page, maxLookedAt);
        _providers = providers & query.Filter.Providers;
        _locales = [.. query.Filter.Locales.Select(Encoding.UTF8.GetBytes)];
        _tags = [.. query.Filter.Tags];
        _needsLocale = _locales.Length > 0 || query.Variants.Tags.Count > 0;
        page.End = after;
    }

    /// <summary>Whether no further row may be looked at.</summary>
    public bool MustEnd => _page.IsFull || _left <= 0;

    /// <summary>Takes every row of the statement until it ends or the page must.</summary>
    /// <returns><see langword="false"/> when there may be more; the page's last flag is not set here.</returns>
    public bool TakeAll(SqliteStatement row)
    {
        while (!MustEnd)
        {
            if (!row.Step())
            {
                return true;
            }

            Take(row);
        }

        // One step more tells whether this was the end: a page that is exactly full need not be followed by an empty one.
        return !row.Step();
    }

    /// <summary>Takes the devices of one subscriber, whose statement this is.</summary>
    /// <returns><see langword="false"/> when there may be more.</returns>
    public bool TakeAll(SqliteStatement row, long subscriberKey)
    {
        var before = _left;
        var isAll = TakeAll(row);
        if (isAll && _left == before)
        {
            Pass(subscriberKey);
        }

        return isAll;
    }

    // A subscriber without a device bounds the work of a page as well, and moves its end: many in a row would otherwise be looked
    // at again and again.
    private void Pass(long subscriberKey)
    {
        _left--;
        if (subscriberKey > _page.End.SubscriberKey)
        {
            _page.End = new AudienceCursor(subscriberKey, 0);
        }
    }

    private void Take(SqliteStatement row)
    {
        var subscriberKey = row.Int64(0);
        var deviceKey = row.Int64(1);
        if (deviceKey == 0)
        {
            Pass(subscriberKey);
            return;
        }

        _left--;
        _page.End = new AudienceCursor(subscriberKey, deviceKey);
        var provider = (ProviderKind)row.Int32(3);
        if (!_providers.Contains(provider))
        {
            return;
        }

        // Null reads as 0, which is no version.
        var quarantinedVersion = row.Int32(5);
        if (quarantinedVersion != 0 && quarantinedVersion == _query.CredentialVersions[(int)provider])
        {
            return;
        }

        var locale = _needsLocale ? row.Bytes(7) : default;
        if ((_locales.Length > 0 && !MatchesLocale(locale)) || (_tags.Length > 0 && !TagsJson.Contains(row.Bytes(8), _tags)))
        {
            return;
        }

        _page.Add(
            new AudienceRow
            {
                SubscriberKey = subscriberKey,
                DeviceKey = deviceKey,
                LastSeenMs = row.Int64(2),
                Provider = provider,
                Environment = (DeviceEnvironment)row.Int32(4),
                Variant = _needsLocale ? _query.Variants.Resolve(locale) : 0,
                Zone = _query.Zones?.Resolve(row.Bytes(9)) ?? 0,
            },
            row.Bytes(6));
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
}
