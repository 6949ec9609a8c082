using PushGateway.Core.Administration;

namespace PushGateway.Server.Security;

/// <summary>Has the audit log say who changed what through the API, in the same words as what is changed through the dashboard.</summary>
internal static class AuditedEndpoints
{
    /// <param name="action">As in <see cref="AuditEntry.Action"/>.</param>
    /// <param name="what">Gives target and detail; neither may be a secret.</param>
    public static RouteHandlerBuilder Audited(
        this RouteHandlerBuilder builder, string action, Func<EndpointFilterInvocationContext, (string Target, string? Detail)> what) =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var result = await next(context);
            if (IsDone(result) && context.HttpContext.Features.Get<Caller>() is { } caller)
            {
                await WriteAsync(context.HttpContext, caller, action, what(context));
            }

            return result;
        });

    /// <summary>As above, for what the route says all of.</summary>
    /// <param name="target">The route value that names what is changed.</param>
    /// <param name="detail">The route value that says more.</param>
    public static RouteHandlerBuilder Audited(this RouteHandlerBuilder builder, string action, string target, string? detail = null) =>
        builder.Audited(action, context => (Route(context, target), detail is null ? null : Route(context, detail)));

    /// <summary>As above, for what says more only as long as it is there.</summary>
    /// <param name="target">The route value that names what is removed.</param>
    /// <param name="detail">Gives the detail before it is removed; also where nothing is then.</param>
    public static RouteHandlerBuilder AuditedAsItWas(
        this RouteHandlerBuilder builder, string action, string target, Func<EndpointFilterInvocationContext, string?> detail) =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var known = detail(context);
            var result = await next(context);
            if (IsDone(result) && context.HttpContext.Features.Get<Caller>() is { } caller)
            {
                await WriteAsync(context.HttpContext, caller, action, (Route(context, target), known));
            }

            return result;
        });

    private static string Route(EndpointFilterInvocationContext context, string name) => context.HttpContext.GetRouteValue(name)?.ToString() ?? string.Empty;

    private static bool IsDone(object? result) => result switch
    {
        INestedHttpResult nested => IsDone(nested.Result),
        IStatusCodeHttpResult { StatusCode: var status } => status is null or (>= 200 and < 300),
        _ => false,
    };

    private static async Task WriteAsync(HttpContext http, Caller caller, string action, (string Target, string? Detail) what)
    {
        var services = http.RequestServices;
        var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
        try
        {
            // Done, whether or not the caller waits for the answer.
            await services.GetRequiredService<IAuditLog>().AddAsync(
                new AuditEntry(0, at, $"key {caller.Key.Name}", action, what.Target, what.Detail), CancellationToken.None);
        }
        catch (Core.StoreUnavailableException exception)
        {
            ServerLog.AuditNotWritten(services.GetRequiredService<ILogger<Caller>>(), exception, action, what.Target, caller.Key.Id);
        }
    }
}
