using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Core.Live;
using PushGateway.Live;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>Takes what clients tell each other, by whatever transport.</summary>
internal sealed class LiveSending(LiveAccess access, ILiveStore store, IOptions<LiveOptions> options, TimeProvider timeProvider)
{
    /// <returns>The message in its place, durable; or why it was refused.</returns>
    public async Task<(LiveEntry? Entry, ApiProblem? Problem)> SendAsync(
        ClaimsPrincipal? user, string appId, string channel, LiveMessageRequest request, CancellationToken cancellationToken)
    {
        var (app, forbidden) = access.MaySend(user, appId, channel);
        if (app is null)
        {
            return (null, forbidden);
        }

        var errors = new FieldErrors();
        FieldRules.RequireId(request.Type, "type", errors);
        var data = request.Data ?? new Dictionary<string, string>(0);
        var bytes = data.Sum(entry => (long)Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value ?? string.Empty));
        if (bytes > options.Value.MaxClientMessageBytes)
        {
            errors.Add("data", "data.tooLarge", $"Names and values have at most {options.Value.MaxClientMessageBytes} bytes together; these have {bytes}.");
        }
        else if (data.FirstOrDefault(entry => entry.Value is null).Key is { } empty)
        {
            errors.Add($"data.{empty}", "data.notText", "Must be a string.");
        }

        if (errors.Any)
        {
            return (null, errors.ToProblem());
        }

        var now = timeProvider.GetUtcNow();
        return (await store.AppendAsync(
            app.Key,
            new LiveMessage
            {
                Id = Guid.CreateVersion7(now).ToString("N"),
                Channel = channel,
                Type = request.Type!,
                Data = data,
                Sender = CallerIdentity.Of(user)?.Grant?.SubscriberId,
                SentAt = now,
            },
            cancellationToken), null);
    }
}
