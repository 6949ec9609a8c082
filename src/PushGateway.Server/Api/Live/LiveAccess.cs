using System.Security.Claims;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Keys;
using PushGateway.Core.Subscribers;
using PushGateway.Live.Transports;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>Decides which channels a caller may follow and send to.</summary>
internal sealed class LiveAccess(IAppStore apps, IApiKeyStore keys, IDeviceStore devices, IDeletedSubscribers deleted, TimeProvider timeProvider)
{
    public static ApiProblem ChannelForbidden { get; } =
        ApiProblem.Of(StatusCodes.Status403Forbidden, "channel.forbidden", "The token is not good for this channel.");

    private static ApiProblem CredentialEnded { get; } =
        ApiProblem.Of(StatusCodes.Status401Unauthorized, "credential.ended", "The API key, the subscriber or the app's identity has been deleted or changed, or the token has expired.");

    /// <returns>For how long the caller may listen, or why it may not. Which channels there are is nobody's secret: there is one as soon as somebody listens.</returns>
    public async ValueTask<(LiveLease? Lease, ApiProblem? Problem)> MayListenAsync(
        ClaimsPrincipal? user, string appId, string channel, CancellationToken cancellationToken)
    {
        if (apps.Find(appId) is not { } app)
        {
            return (null, ApiProblem.NotFound("app.unknown", "There is no such app."));
        }

        var identity = CallerIdentity.Of(user);
        if (identity?.Caller is { } caller)
        {
            return MayUse(caller, ApiKeyScopes.Read | ApiKeyScopes.Publish, appId)
                ? (LeaseFor(caller, app.Key), null)
                : (null, ChannelForbidden);
        }

        // A connection may outlive what it was opened with.
        if (identity?.Grant is not { } grant || grant.AppId != appId || grant.AppKey != app.Key || !IsGiven(grant))
        {
            return (null, ChannelForbidden);
        }

        if (grant.Listen is { } patterns)
        {
            return SubscriberGrant.Matches(patterns, channel) ? (LeaseFor(grant), null) : (null, ChannelForbidden);
        }

        // Good for what the subscriber is subscribed to, which may end before the token does.
        return await IsSubscribedAsync(cancellationToken)
            ? (LeaseFor(grant) with { IsStillGiven = IsSubscribedAsync }, null)
            : (null, ChannelForbidden);

        async ValueTask<bool> IsSubscribedAsync(CancellationToken token) =>
            (await devices.ListChannelsAsync(app.Key, grant.SubscriberId, token)).Contains(channel, StringComparer.Ordinal);
    }

    /// <returns>The app, or why the caller may not send to the channel.</returns>
    public (App? App, ApiProblem? Problem) MaySend(ClaimsPrincipal? user, string appId, string channel)
    {
        if (apps.Find(appId) is not { } app)
        {
            return (null, ApiProblem.NotFound("app.unknown", "There is no such app."));
        }

        var identity = CallerIdentity.Of(user);
        if (!IsStillGood(identity))
        {
            return (null, CredentialEnded);
        }

        var isAllowed = identity?.Caller is { } caller
            ? MayUse(caller, ApiKeyScopes.Publish, appId)
            : identity?.Grant is { } grant && grant.AppId == appId && grant.AppKey == app.Key && SubscriberGrant.Matches(grant.Send, channel);
        return isAllowed ? (app, null) : (null, ChannelForbidden);
    }

    // In methods of their own, so that no client keeps what else it was admitted by.
    private LiveLease LeaseFor(Caller caller, int appKey) => new(null, () => keys.FindByHash(caller.Key.Hash.Span) is not null && apps.Find(appKey) is not null);

    private LiveLease LeaseFor(SubscriberGrant grant) => new(grant.ExpiresAt, () => IsGiven(grant));

    /// <summary>A connection may outlive what it was opened with.</summary>
    private bool IsStillGood(CallerIdentity? identity) => identity switch
    {
        { Caller: { } caller } => keys.FindByHash(caller.Key.Hash.Span) is not null,
        { Grant: { } grant } => grant.ExpiresAt > timeProvider.GetUtcNow() && IsGiven(grant),
        _ => false,
    };

    /// <summary>Whether what it was given on still stands.</summary>
    private bool IsGiven(SubscriberGrant grant) =>
        apps.Find(grant.AppKey) is { } app && (grant.IdentityVersion is not { } version || app.Identity?.Version == version) &&
        !deleted.IsDeletedSince(grant.AppKey, grant.SubscriberId, grant.IssuedAt);

    private static bool MayUse(Caller caller, ApiKeyScopes scopes, string appId) => caller.HasAny(scopes) && (caller.IsAdmin || caller.Key.AppId == appId);
}
