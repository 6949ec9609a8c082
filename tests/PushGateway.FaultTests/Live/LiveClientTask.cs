using System.Net;
using System.Net.WebSockets;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;
using PushGateway.Client;
using PushGateway.Client.Live;

namespace PushGateway.FaultTests.Live;

/// <summary>Keeps one follower at its channel: whenever its stream ends it comes back with the last message it has, to one gateway or the other.</summary>
/// <param name="nodes">There are.</param>
/// <param name="absence">What it waits for, once, before it comes back; <see langword="null"/> for nothing.</param>
internal sealed class LiveClientTask(ILiveClient client, LiveFollower follower, int nodes, Random random, Func<Task>? absence)
{
    private Func<Task>? _absence = absence;

    public async Task RunAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await foreach (var item in client.FollowAsync(random.Next(nodes), follower.Channel, follower.Cursor, ending))
                {
                    follower.Take(item);
                }
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception broken)
            {
                // The end of the run looks different with every transport.
                if (ending.IsCancellationRequested)
                {
                    return;
                }

                if (!IsForNow(broken))
                {
                    follower.Find(broken.ToString());
                }
            }

            follower.Breaks++;
            await PauseAsync(ending);
        }
    }

    private async Task PauseAsync(CancellationToken ending)
    {
        // Whoever has not got its place yet would begin anew after its absence, and have missed nothing.
        if (_absence is { } absence && follower.Cursor is not null)
        {
            _absence = null;
            await absence();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20, 300)), TimeProvider.System, ending).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>Whether it is what lost connections and stopping gateways bring: a refusal is not.</summary>
    private static bool IsForNow(Exception problem) => problem switch
    {
        LiveStreamEnded ended => ended.IsForNow,
        LiveEndedException ended => ended.Reason is "stopping" or "unavailable",
        PushGatewayApiException refused => refused.Status == HttpStatusCode.ServiceUnavailable,
        RpcException failed => failed.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown,
        // A gateway that was started again knows nothing of a SignalR connection that is made of requests.
        HttpRequestException failed => failed.StatusCode is null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.NotFound,
        // A hub connection that could not be made tells of every transport that it tried. Or it has ended between its making and the call, or in the call.
        AggregateException several => several.InnerExceptions.All(IsForNow),
        TransportFailedException failed => failed.InnerException is null || IsForNow(failed.InnerException),
        InvalidOperationException or HubException or OperationCanceledException or ObjectDisposedException => true,
        // A connection that was refused with an answer is told in these words, and with no status.
        WebSocketException failed => failed.WebSocketErrorCode != WebSocketError.NotAWebSocket || failed.Message.Contains("'503'", StringComparison.Ordinal),
        IOException or System.Net.Sockets.SocketException => true,
        _ => false,
    };
}
