using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Makes an event of what was posted; nothing is changed by a refusal.</summary>
internal sealed class EventIntake(EventRendering rendering, TimeProvider timeProvider)
{
    /// <param name="defaultType">A CloudEvent's type, for a body without one.</param>
    public bool TryAccept(App app, PublishRequest request, string? defaultType, out PushEvent pushEvent, out ApiProblem? problem)
    {
        var errors = new FieldErrors();
        pushEvent = PublishRequestMapping.Map(app.Id, request, defaultType, timeProvider.GetUtcNow(), errors);
        if (!errors.Any)
        {
            rendering.Check(app, pushEvent, errors);
        }

        problem = errors.Any ? errors.ToProblem() : null;
        return problem is null;
    }
}
