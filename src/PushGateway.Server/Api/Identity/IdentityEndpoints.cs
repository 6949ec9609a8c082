using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Apps;
using PushGateway.Core.Keys;
using PushGateway.Core.Outbound;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Identity;

/// <summary><c>/v1/apps/{app}/identity</c>: the publisher's own tokens for its subscribers.</summary>
internal sealed class IdentityEndpoints(IAppStore apps, OutboundPolicy outbound)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/identity").WithTags("Apps").RequireScope(ApiKeyScopes.Admin);
        group.MapPut("", (IdentityEndpoints endpoints, RequestedApp requestedApp, JsonBody<IdentityBody> body, CancellationToken cancellationToken) =>
                endpoints.PutAsync(requestedApp, body.Value, cancellationToken))
            .Audited("identity.put", "app")
            .WithName("PutIdentity").WithSummary("Has the app take tokens (JWT) that its publisher signs for its subscribers.");
        group.MapGet("", (RequestedApp requestedApp) => Get(requestedApp))
            .WithName("GetIdentity").WithSummary("Whose tokens the app takes.");
        group.MapDelete("", (IdentityEndpoints endpoints, RequestedApp requestedApp, CancellationToken cancellationToken) => endpoints.DeleteAsync(requestedApp, cancellationToken))
            .Audited("identity.delete", "app")
            .WithName("DeleteIdentity").WithSummary("Has the app take the gateway's own tokens only.");
    }

    private async Task<Results<NoContent, ApiProblem>> PutAsync(RequestedApp app, IdentityBody body, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var identity = IdentityMapping.Map(body, errors);
        if (identity?.KeysUrl is { } url)
        {
            await OutboundFields.CheckAsync(outbound, url, "jwksUrl", errors, cancellationToken);
        }

        if (identity is null || errors.Any)
        {
            return errors.ToProblem();
        }

        return await apps.PutIdentityAsync(app.Value.Id, identity, cancellationToken) is null
            ? ApiProblem.NotFound("app.unknown", "There is no such app.")
            : TypedResults.NoContent();
    }

    private static Results<Ok<IdentityBody>, ApiProblem> Get(RequestedApp app) =>
        app.Value.Identity is { } identity ? TypedResults.Ok(IdentityMapping.ToBody(identity)) : Unknown();

    private async Task<Results<NoContent, ApiProblem>> DeleteAsync(RequestedApp app, CancellationToken cancellationToken)
    {
        if (app.Value.Identity is null)
        {
            return Unknown();
        }

        await apps.PutIdentityAsync(app.Value.Id, null, cancellationToken);
        return TypedResults.NoContent();
    }

    private static ApiProblem Unknown() => ApiProblem.NotFound("identity.unknown", "The app takes the gateway's own tokens only.");
}
