namespace PushGateway.Server.Problems;

/// <summary>Makes a problem document of every failure that has no body of its own, and tells each answer's request id.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, FailureProblems failures)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody reads an answer, and nothing is wrong here.
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, failures.Describe(context, exception), isBroken: exception is BadHttpRequestException);
            return;
        }

        if (!context.Response.HasStarted && context.Response is { StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            await ForEmptyStatus(context).ExecuteAsync(context);
        }
    }

    /// <param name="isBroken">The request is no HTTP, so that nothing further can be read from its connection.</param>
    private static Task RefuseAsync(HttpContext context, ApiProblem problem, bool isBroken)
    {
        var requestId = context.TraceIdentifier;
        context.Response.Clear();
        context.Response.Headers["X-Request-Id"] = requestId;
        if (isBroken)
        {
            context.Response.Headers.Connection = "close";
        }

        return problem.ExecuteAsync(context);
    }

    private static ApiProblem ForEmptyStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ApiProblem.NotFound("route.unknown", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => ApiProblem.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        StatusCodes.Status413PayloadTooLarge => ApiProblem.Of(StatusCodes.Status413PayloadTooLarge, "body.tooLarge", "The body is too large."),
        var status => ApiProblem.Of(status, "request.refused", "The request was refused."),
    };
}
