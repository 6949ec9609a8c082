using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>Puts the devices of one page into it, those that the query wants, and knows when the page must end.</summary>
internal sealed class AudienceFill
{
    private readonly AudienceQuery _query;
    private readonly AudiencePage _page;
    private readonly ProviderSet _providers;
    private readonly DeviceFilter? _filter;
    private readonly bool _hasVariants;
    private SubscriberCondition? _condition;
    private long[]? _devices;
    private long _judgedSubscriber;
    private bool _isMeant;
    private int _left;

    /// <param name="maxLookedAt">Rows after which the page ends even if it is not full.</param>
    public AudienceFill(AudienceQuery query, ProviderSet providers, AudienceCursor after, AudiencePage page, int maxLookedAt)
    {
        (_query, _page, _left) = (query, page, maxLookedAt);
        _providers = providers & query.Filter.Providers;
        _filter = DeviceFilter.Of(query.Filter);
        _hasVariants = query.Variants.Tags.Count > 0;
        Statements = AudienceSql.Devices(_filter is { NeedsVersion: true });
        page.End = after;
    }

    /// <summary>The statements whose rows it can take.</summary>
    public AudienceStatements Statements { get; }

    /// <summary>Whether no further row may be looked at.</summary>
    public bool MustEnd => _page.IsFull || _left <= 0;

    /// <summary>From here on takes only devices of subscribers for whom the condition holds; rows come in the order of their keys.</summary>
    public void TakeOnly(SubscriberCondition condition) => _condition = condition;

    /// <summary>From here on takes only these devices.</summary>
    /// <param name="devices">Their keys, ascending.</param>
    public void TakeOnly(long[] devices) => _devices = devices;

    /// <summary>Takes every row of the statement until it ends or the page must.</summary>
    /// <returns><see langword="false"/> when there may be more; the page's last flag is not set here.</returns>
    public bool TakeAll(StoreStatement row)
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

    /// <summary>Whether devices of the subscriber may be taken; otherwise the subscriber has been passed.</summary>
    public bool IsMeant(long subscriberKey)
    {
        if (Judge(subscriberKey))
        {
            return true;
        }

        Pass(subscriberKey);
        return false;
    }

    /// <summary>Takes the devices of one subscriber, whose statement this is.</summary>
    /// <returns><see langword="false"/> when there may be more.</returns>
    public bool TakeAll(StoreStatement row, long subscriberKey)
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

    private bool Judge(long subscriberKey)
    {
        if (_condition is null)
        {
            return true;
        }

        if (subscriberKey != _judgedSubscriber)
        {
            (_judgedSubscriber, _isMeant) = (subscriberKey, _condition.Holds(subscriberKey));
        }

        return _isMeant;
    }

    private void Take(StoreStatement row)
    {
        var subscriberKey = row.Int64(AudienceStatements.SubscriberKey);
        var deviceKey = row.Int64(AudienceStatements.DeviceKey);
        if (deviceKey == 0)
        {
            Pass(subscriberKey);
            return;
        }

        _left--;
        _page.End = new AudienceCursor(subscriberKey, deviceKey);
        if (_devices is not null && Array.BinarySearch(_devices, deviceKey) < 0)
        {
            return;
        }

        var provider = (ProviderKind)row.Int32(AudienceStatements.Provider);
        if (!_providers.Contains(provider))
        {
            return;
        }

        // Null reads as 0, which is no version.
        var quarantinedVersion = row.Int32(AudienceStatements.QuarantinedVersion);
        if (quarantinedVersion != 0 && quarantinedVersion == _query.CredentialVersions[(int)provider])
        {
            return;
        }

        if ((_filter is not null && !_filter.LetsThrough(row)) || !Judge(subscriberKey))
        {
            return;
        }

        _page.Add(
            new AudienceRow
            {
                SubscriberKey = subscriberKey,
                DeviceKey = deviceKey,
                LastSeenMs = row.Int64(AudienceStatements.LastSeenMs),
                Provider = provider,
                Environment = (DeviceEnvironment)row.Int32(AudienceStatements.Environment),
                Variant = _hasVariants ? _query.Variants.Resolve(row.Bytes(AudienceStatements.Locale)) : 0,
                Zone = _query.Zones?.Resolve(row.Bytes(AudienceStatements.TimeZone)) ?? 0,
            },
            row.Bytes(AudienceStatements.Token));
    }
}
