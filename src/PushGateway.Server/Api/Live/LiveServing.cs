using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using PushGateway.Live;
using PushGateway.Live.Transports;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>A stream that an endpoint has admitted. It begins when the request has come back from there.</summary>
/// <param name="IsWebSocket">Otherwise it is one of server-sent events.</param>
internal sealed record LiveAdmission(LiveReader Reader, long? Since, LiveLease Lease, bool IsWebSocket)
{
    /// <summary>Has <see cref="LiveServing"/> serve the stream. The reader is disposed of with the request.</summary>
    public void Admit(HttpContext context)
    {
        context.Response.RegisterForDispose(Reader);
        context.Features.Set(this);
    }
}

/// <summary>Serves the streams that endpoints have admitted, outside of everything that a request passes through on its way there.</summary>
/// <remarks>
/// A stream lasts for hours, and in the endpoint all of that would be kept as long: who was let in and by what, the services of the request, and the unfinished call of each layer in
/// between, a third of what an idle client costs.
/// </remarks>
internal sealed class LiveServing(RequestDelegate next, LiveTransports transports)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Routing passes over a slash at the end.
        var path = context.Request.Path.Value.AsSpan().TrimEnd('/');
        return path.EndsWith("/sse", StringComparison.OrdinalIgnoreCase) || path.EndsWith("/ws", StringComparison.OrdinalIgnoreCase) ? ServeAsync(context) : next(context);
    }

    private async Task ServeAsync(HttpContext context)
    {
        await next(context);
        if (context.Features.Get<LiveAdmission>() is null)
        {
            return;
        }

        await ForgetAsync(context);
        try
        {
            await BeginAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nothing is wrong here.
        }
    }

    private Task BeginAsync(HttpContext context)
    {
        var (reader, since, lease, isWebSocket) = context.Features.Get<LiveAdmission>()!;
        context.Features.Set<LiveAdmission>(null);
        return isWebSocket ? transports.ServeWebSocketAsync(context, reader, since, lease) : transports.ServeEventsAsync(context, reader, since, lease);
    }

    private static async ValueTask ForgetAsync(HttpContext context)
    {
        var features = context.Features;
        if (features.Get<IServiceProvidersFeature>() is IAsyncDisposable services)
        {
            await services.DisposeAsync();
        }

        features.Set<IServiceProvidersFeature>(null);
        features.Set<IHttpAuthenticationFeature>(null);
        features.Set<IAuthenticateResultFeature>(null);
        features.Set<Caller>(null);
        features.Set<SubscriberGrant>(null);
        features.Set<IItemsFeature>(null);
        features.Set<IQueryFeature>(null);
        context.Request.RouteValues = null!;

        // The context and the request have them in a memory of their own, and look after it with the next question.
        _ = (context.TraceIdentifier, context.Request.Method);
    }
}
