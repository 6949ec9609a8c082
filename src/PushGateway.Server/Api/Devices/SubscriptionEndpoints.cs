using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Devices;
using PushGateway.Core.Keys;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Devices;

/// <summary><c>/v1/apps/{app}/channels</c> and a subscriber's channels.</summary>
internal sealed class SubscriptionEndpoints(IDeviceStore devices, ISubscriberDevices own, IOptions<ApiOptions> options)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}").WithTags("Subscriptions");
        group.MapPut("/channels/{channel}/subscribers/{subscriber}", (SubscriptionEndpoints endpoints, RequestedApp requestedApp, string channel, string subscriber, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.SubscribeAsync(requestedApp, channel, subscriber, context.Features.Get<SubscriberGrant>(), cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices, TokenUse.Subscriptions)
            .WithName("Subscribe").WithSummary("Subscribes a subscriber with all its devices, present and to come; repeating it changes nothing.");
        group.MapDelete("/channels/{channel}/subscribers/{subscriber}", (SubscriptionEndpoints endpoints, RequestedApp requestedApp, string channel, string subscriber, CancellationToken cancellationToken) =>
                endpoints.UnsubscribeAsync(requestedApp, channel, subscriber, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices, TokenUse.Subscriptions)
            .WithName("Unsubscribe").WithSummary("Ends a subscription; repeating it changes nothing.");
        group.MapGet("/subscribers/{subscriber}/channels", (SubscriptionEndpoints endpoints, RequestedApp requestedApp, string subscriber, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, subscriber, page, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Read, TokenUse.Subscriptions)
            .WithName("ListSubscriberChannels").WithSummary("The ids of the channels a subscriber is subscribed to.");
        group.MapGet("/channels/{channel}", (SubscriptionEndpoints endpoints, RequestedApp requestedApp, string channel, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, channel, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices | ApiKeyScopes.Read)
            .WithName("GetChannel").WithSummary("A channel and how many subscribers it has; none for a channel nobody ever subscribed to.");
    }

    /// <param name="grant">Of a subscriber's token; <see langword="null"/> for an API key, and for the dashboard.</param>
    internal async Task<Results<NoContent, ApiProblem>> SubscribeAsync(
        RequestedApp app, string channel, string subscriber, SubscriberGrant? grant, CancellationToken cancellationToken)
    {
        if (grant is null)
        {
            await devices.SubscribeAsync(app.Key, channel, subscriber, cancellationToken);
            return TypedResults.NoContent();
        }

        return await own.SubscribeOwnAsync(app.Key, channel, subscriber, options.Value.MaxChannelsOfSubscriber, grant.IssuedAt, cancellationToken) switch
        {
            OwnChangeStatus.SubscriberDeleted => TokenReading.Deleted.Refusal!,
            OwnChangeStatus.TooMany => ApiProblem.Conflict("channels.tooMany", $"A subscriber subscribes to at most {options.Value.MaxChannelsOfSubscriber} channels with its token."),
            _ => TypedResults.NoContent(),
        };
    }

    internal async Task<NoContent> UnsubscribeAsync(RequestedApp app, string channel, string subscriber, CancellationToken cancellationToken)
    {
        await devices.UnsubscribeAsync(app.Key, channel, subscriber, cancellationToken);
        return TypedResults.NoContent();
    }

    private async Task<Ok<ListResponse<string>>> ListAsync(RequestedApp app, string subscriber, ListRequest page, CancellationToken cancellationToken)
    {
        var channels = await devices.ListChannelsAsync(app.Key, subscriber, cancellationToken);
        return TypedResults.Ok(ListResponse.Slice(channels, channel => channel, channel => channel, page));
    }

    private async Task<Ok<ChannelResponse>> GetAsync(RequestedApp app, string channel, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ChannelResponse(channel, await devices.CountSubscribersAsync(app.Key, channel, cancellationToken)));
}
