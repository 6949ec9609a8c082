using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Makes an event of what was posted; nothing is changed by a refusal.</summary>
internal sealed class EventIntake(EventRendering rendering, TimeProvider timeProvider)
{
    public bool TryAccept(App app, PublishBody body, out PushEvent pushEvent, out ApiProblem? problem)
    {
        var errors = new FieldErrors();
        pushEvent = PublishRequestMapping.Map(app.Id, body.Request, body.CloudEvent?.Type, timeProvider.GetUtcNow(), errors);
        if (!errors.Any)
        {
            rendering.Check(app, pushEvent, errors);
        }

        problem = errors.Any ? errors.ToProblem() : null;
        return problem is null;
    }
}
