using System.Runtime.CompilerServices;
using System.Text.Json;
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
/// <remarks>A hub lives for one call. What belongs to a connection is in its items.</remarks>
internal sealed class LiveConnection(
    LiveHub hub, LiveAccess access, LiveSending sending, IAppStore apps, IOptions<LiveOptions> options, IHostApplicationLifetime lifetime,
    TimeProvider timeProvider) : Hub
{
    public const string Path = "/v1/live";

    private const int MaxFrames = 64;
    private const int MaxMembers = 200;
    private const string FollowedItem = "followed";

    private static readonly ApiProblem s_badId = ApiProblem.BadRequest("id.invalid", $"An id has {Identifier.Rule}.");
    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(1);

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
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var (lease, problem) = AreIds(app, channel) ? await access.MayListenAsync(Context.User, app, channel, ending.Token) : (null, s_badId);
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

            await foreach (var item in FollowAsync(reader, since, presence, lease, ending.Token))
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
        if (!AreIds(app, channel))
        {
            return LiveSent.Refused(s_badId);
        }

        var (entry, problem) = await sending.SendAsync(Context.User, app, channel, new LiveMessageRequest { Type = type, Data = data }, Context.ConnectionAborted);
        return entry is null ? LiveSent.Refused(problem!) : new LiveSent { Message = JsonElement.Parse(entry.Json.Span) };
    }

    private async IAsyncEnumerable<LiveItem> FollowAsync(
        LiveReader reader, long? since, bool presence, LiveLease lease, [EnumeratorCancellation] CancellationToken ending)
    {
        var isRecovered = await reader.OpenAsync(since, ending);
        yield return LiveItem.State(isRecovered, reader.Cursor);
        List<LiveFrame> frames = [];
        IReadOnlyList<string> members = [];
        var seen = -1;
        while (true)
        {
            if (presence && reader.PresenceVersion != seen)
            {
                var before = members;
                (seen, members) = reader.ReadPresence();
                yield return LiveItem.Presence(members.Count, [.. members.Except(before)], [.. before.Except(members)]);
            }

            if (lease.ExpiresAt <= timeProvider.GetUtcNow() || !lease.IsGiven())
            {
                yield return LiveItem.End(lease.IsGiven() ? "expired" : "forbidden");
                yield break;
            }

            if (await ReadAsync(reader, frames, lease, ending) is not { } read)
            {
                yield return LiveItem.End("stopping");
                yield break;
            }

            if (read == LiveRead.Gap)
            {
                yield return LiveItem.State(false, frames.Count > 0 ? frames[0].Sequence - 1 : reader.Cursor);
            }

            foreach (var frame in frames)
            {
                yield return LiveItem.Of(frame);
            }
        }
    }

    /// <returns><see langword="null"/> when the gateway stops; a client that has left is not told.</returns>
    private async ValueTask<LiveRead?> ReadAsync(LiveReader reader, List<LiveFrame> frames, LiveLease lease, CancellationToken ending)
    {
        var wait = options.Value.KeepAlive;
        if (lease.ExpiresAt is { } end && end - timeProvider.GetUtcNow() < wait)
        {
            wait = TimeSpan.FromTicks(Math.Max(0, (end - timeProvider.GetUtcNow()).Ticks));
        }

        try
        {
            return await reader.ReadAsync(frames, MaxFrames, wait, ending);
        }
        catch (StoreUnavailableException)
        {
            await Task.Delay(s_storeRetry, timeProvider, ending);
            return LiveRead.Nothing;
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private static bool AreIds(string app, string channel) => Identifier.IsValid(app) && Identifier.IsValid(channel);
}
