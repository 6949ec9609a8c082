using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Rpc;

/// <summary>The app that a call names, by the rules of the HTTP API, where it stands in the address.</summary>
internal static class RpcApp
{
    /// <exception cref="global::Grpc.Core.RpcException">There is no such app for the caller. One that does not exist looks like one that belongs to others.</exception>
    public static App Find(IAppStore apps, string appId, HttpContext context)
    {
        CheckId(appId, "app", context);
        var identity = CallerIdentity.Of(context.User);
        var own = identity?.Caller is { } caller ? (caller.IsAdmin ? null : caller.Key.AppId) : identity?.Grant?.AppId;
        if (own is not null && !string.Equals(own, appId, StringComparison.Ordinal))
        {
            throw ApiProblem.Of(
                StatusCodes.Status403Forbidden, ScopeAuthorizationHandler.AppForbidden,
                identity?.Grant is null ? "The API key is not for this app." : "The token is not for this app.").ToRpcException(context);
        }

        return apps.Find(appId) ?? throw ApiProblem.NotFound("app.unknown", "There is no such app.").ToRpcException(context);
    }

    public static void CheckId(string id, string field, HttpContext context)
    {
        if (!Identifier.IsValid(id))
        {
            throw ApiProblem.Invalid(field, "id.invalid", $"An id has {Identifier.Rule}.").ToRpcException(context);
        }
    }
}
