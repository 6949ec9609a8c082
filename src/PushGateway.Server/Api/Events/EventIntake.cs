using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Server.Api.Audiences;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Makes an event of what was posted; nothing is changed by a refusal.</summary>
internal sealed class EventIntake(EventRendering rendering, ISavedAudienceStore audiences, TimeProvider timeProvider)
{
    /// <summary>For the events of one request.</summary>
    public SavedAudienceLookup LookupFor(App app) => new(audiences, app.Key);

    /// <param name="defaultType">A CloudEvent's type, for a body without one.</param>
    /// <returns>The event, or the problem with it.</returns>
    public async ValueTask<(PushEvent? Event, ApiProblem? Problem)> AcceptAsync(
        App app, PublishRequest request, SavedAudienceLookup lookup, string? defaultType, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var saved = await lookup.FindAsync(request.Audience, cancellationToken);
        var pushEvent = PublishRequestMapping.Map(app.Id, request, saved, defaultType, timeProvider.GetUtcNow(), errors);
        if (!errors.Any)
        {
            rendering.Check(app, pushEvent, errors);
        }

        return errors.Any ? (null, errors.ToProblem()) : (pushEvent, null);
    }
}
