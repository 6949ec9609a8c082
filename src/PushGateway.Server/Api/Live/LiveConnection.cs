using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Live;
using PushGateway.Live.Transports;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>The SignalR hub <c>/v1/live</c>: the same channels, cursors and messages for clients that use its library, with presence beside them.</summary>
/// <remarks>
/// A hub lives for one call. What belongs to a connection is in its items. SignalR asks a stream for its next item when the connection's buffer has taken the one before
/// (<see cref="Configure"/> bounds it), so a client that does not read holds up its own streams and nothing else.
/// </remarks>
internal sealed class LiveConnection(
    LiveHub hub, LiveStream stream, LiveAccess access, LiveSending sending, RequestRateLimits limits, IAppStore apps, IOptions<LiveOptions> options) : Hub
{
    public const string Path = "/v1/live";

    private const int MaxMembers = 200;
    private const string FollowedItem = "followed";

    private static readonly ApiProblem s_badId = ApiProblem.BadRequest("id.invalid", $"An id has {Identifier.Rule}.");

    /// <summary>Bounds what a connection costs whose client does not read.</summary>
    /// <remarks>
    /// The buffer is what SignalR's own default is. A client that reads nothing of the little that is in it, while its channels are silent, is dropped by SignalR: later than
    /// <see cref="LiveStream"/> does it, so that what is dropped from a stream is counted there.
    /// </remarks>
    public static void Configure(HttpConnectionDispatcherOptions connections, LiveOptions live)
    {
        connections.TransportMaxBufferSize = 65_536;
        connections.TransportSendTimeout = 2 * live.WriteTimeout;
    }

    public override Task OnConnectedAsync()
    {
        Context.Items[FollowedItem] = new StrongBox<int>();
        return base.OnConnectedAsync();
    }

    /// <summary>
    /// Follows a channel: <c>state</c> first, then <c>message</c> after <c>message</c>, and <c>presence</c> for whoever asks for it; <c>end</c> with a reason when the gateway ends it, or does
    /// not begin.
    /// </summary>
    /// <param name="since">Sequence of the last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <param name="presence">Whether the subscriber is shown to the others, and sees who is there; at most 200 members of a channel.</param>
    public async IAsyncEnumerable<LiveItem> Subscribe(
        string app, string channel, long? since, bool presence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (lease, problem) = AreIds(app, channel) ? await access.MayListenAsync(Context.User, app, channel, cancellationToken) : (null, s_badId);
        if (lease is null)
        {
            yield return LiveItem.End(problem!.Code, problem.Detail);
            yield break;
        }

        var followed = (StrongBox<int>)Context.Items[FollowedItem]!;
        try
        {
            if (Interlocked.Increment(ref followed.Value) > options.Value.MaxChannelsPerConnection)
            {
                yield return LiveItem.End("channels.tooMany", $"One connection follows at most {options.Value.MaxChannelsPerConnection} channels.");
                yield break;
            }

            using var reader = hub.TryFollow(apps.Find(app)!.Key, channel);
            if (reader is null)
            {
                yield return LiveItem.End("live.tooMany", "As many live subscribers are connected as this gateway takes.");
                yield break;
            }

            if (presence && !reader.Join(CallerIdentity.Of(Context.User)?.Grant?.SubscriberId ?? "-", MaxMembers))
            {
                yield return LiveItem.End("presence.tooMany", $"A channel shows at most {MaxMembers} members.");
                yield break;
            }

            await foreach (var item in FollowAsync(reader, since, presence, lease, cancellationToken))
            {
                yield return item;
            }
        }
        finally
        {
            Interlocked.Decrement(ref followed.Value);
        }
    }

    /// <summary>Sends a message to the live subscribers of a channel, durable when the call completes.</summary>
    /// <returns>The message as they get it, or why it was refused.</returns>
    public async Task<LiveSent> Send(string app, string channel, string type, Dictionary<string, string>? data)
    {
        // As if it were posted: the connection itself was one request, however much is called over it.
        if (limits.Count(Context.User) is { } limited)
        {
            return LiveSent.Refused(limited);
        }

        if (!AreIds(app, channel))
        {
            return LiveSent.Refused(s_badId);
        }

        var (entry, problem) = await sending.SendAsync(Context.User, app, channel, new LiveMessageRequest { Type = type, Data = data }, Context.ConnectionAborted);
        return entry is null ? LiveSent.Refused(problem!) : new LiveSent { Message = JsonElement.Parse(entry.Json.Span) };
    }

    private async IAsyncEnumerable<LiveItem> FollowAsync(
        LiveReader reader, long? since, bool presence, LiveLease lease, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<string> members = [];
        var seen = -1;
        await foreach (var step in stream.FollowAsync(reader, since, lease, LiveTransport.SignalR, Abort(Context), cancellationToken))
        {
            switch (step.Kind)
            {
                case LiveStepKind.State:
                    yield return LiveItem.State(step.IsRecovered, step.Cursor);
                    break;
                case LiveStepKind.Messages:
                    foreach (var frame in step.Frames)
                    {
                        yield return LiveItem.Of(frame);
                    }

                    break;
                case LiveStepKind.End:
                    yield return LiveItem.End(step.Reason!);
                    break;
                case LiveStepKind.Quiet:
                    break;
            }

            if (presence && step.Kind != LiveStepKind.End && reader.PresenceVersion != seen)
            {
                var before = members;
                (seen, members) = reader.ReadPresence();
                yield return LiveItem.Presence(members.Count, [.. members.Except(before)], [.. before.Except(members)]);
            }
        }
    }

    /// <returns>What ends the connection with all its streams, also one that waits for the network.</returns>
    private static Action Abort(HubCallerContext context) => () =>
    {
        context.Abort();
        context.GetHttpContext()?.Abort();
    };

    private static bool AreIds(string app, string channel) => Identifier.IsValid(app) && Identifier.IsValid(channel);
}
