namespace PushGateway.Server.Api;

/// <summary>HEAD is answered wherever GET is, with the same status and headers (RFC 9110, section 9.3.2).</summary>
/// <remarks>
/// To the routing a HEAD is a GET, so that no endpoint has to be mapped, or described, twice; the server leaves out the body. An
/// endpoint that streams must look at the method, or it would stream to nobody.
/// </remarks>
internal static class HeadRequests
{
    private static readonly Mark s_mark = new();

    public static void UseRoutingOfHead(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Request.Method = HttpMethods.Get;
                context.Features.Set(s_mark);
            }

            return next(context);
        });
        app.UseRouting();
        app.Use((context, next) =>
        {
            if (context.Features.Get<Mark>() is not null)
            {
                context.Request.Method = HttpMethods.Head;
            }

            return next(context);
        });
    }

    /// <summary>On a request that the routing takes for a GET.</summary>
    private sealed class Mark;
}
