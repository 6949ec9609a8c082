using PushGateway.Core;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>An argument of an endpoint that was taken from the request, well or badly.</summary>
internal interface IBoundArgument
{
    /// <summary>The answer when it could not be taken; <see langword="null"/> when it could.</summary>
    ApiProblem? Problem { get; }
}

/// <summary>Answers for the endpoint when the address or an argument is bad: the endpoint itself sees good ones only.</summary>
internal sealed class RefuseBadArguments : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        // What clients make of an id that is empty, . or ..: without this, removing device .. would delete its app.
        if (context.HttpContext.Request.Path.Value is [.., '/'])
        {
            return ApiProblem.NotFound("route.unknown", "There is nothing at this address: it ends in a slash, where an id may be missing.");
        }

        foreach (var (name, value) in context.HttpContext.Request.RouteValues)
        {
            if (!Identifier.IsValid(value as string))
            {
                return ApiProblem.Invalid(name, "id.invalid", $"An id has {Identifier.Rule}.");
            }
        }

        foreach (var argument in context.Arguments)
        {
            if (argument is IBoundArgument { Problem: { } problem })
            {
                return problem;
            }
        }

        return await next(context);
    }
}
