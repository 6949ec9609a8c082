using Grpc.Core;
using PushGateway.Core.Apps;
using PushGateway.Live;
using PushGateway.Live.Transports;
using PushGateway.Server.Api.Live;
using PushGateway.Server.Problems;
using Proto = PushGateway.V1;

namespace PushGateway.Server.Api.Rpc;

/// <summary>Channels for clients that speak gRPC.</summary>
internal sealed class PushLiveService(LiveHub hub, LiveTransports transports, LiveAccess access, IAppStore apps) : Proto.PushLive.PushLiveBase
{
    public override async Task Subscribe(Proto.SubscribeRequest request, IServerStreamWriter<Proto.LiveItem> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var app = RpcApp.Find(apps, request.App, http);
        RpcApp.CheckId(request.Channel, "channel", http);
        if (request is { HasSince: true, Since: < 0 })
        {
            throw SinceQuery.Invalid("since").ToRpcException(http);
        }

        var (lease, problem) = await access.MayListenAsync(http.User, app.Id, request.Channel, context.CancellationToken);
        if (lease is null)
        {
            throw problem!.ToRpcException(http);
        }

        using var reader = hub.TryFollow(app.Key, request.Channel) ?? throw LiveEndpoints.TooMany().ToRpcException(http);
        var sink = new RpcLiveSink(responseStream, http);
        await transports.ServeAsync(sink, reader, request.HasSince ? request.Since : null, lease, context.CancellationToken);
        if (sink.EndReason is { } reason)
        {
            throw StatusOf(reason).ToRpcException(http);
        }
    }

    /// <summary>What has been said as the last item, for those who look at the status only.</summary>
    private static ApiProblem StatusOf(string reason) => reason switch
    {
        EndReasons.Expired => ApiProblem.Of(StatusCodes.Status401Unauthorized, reason, "The token has expired: get another one and come back."),
        EndReasons.Forbidden => ApiProblem.Of(StatusCodes.Status403Forbidden, reason, "The API key was deleted, the app or the subscriber."),
        _ => ApiProblem.Later(StatusCodes.Status503ServiceUnavailable, reason, "The stream cannot go on now: come back in a moment.", TimeSpan.FromSeconds(1)),
    };
}
