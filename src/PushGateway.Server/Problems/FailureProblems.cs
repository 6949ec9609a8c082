using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Problems;

/// <summary>What a caller is told when a request fails with an exception, and what the log says of it.</summary>
internal sealed class FailureProblems(IOptions<ApiOptions> options, ILogger<FailureProblems> logger)
{
    public ApiProblem Describe(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case StoreUnavailableException:
                ServerLog.StoreUnavailable(logger, exception, context.Request.Method, context.Request.Path);
                return ApiProblem.StoreUnavailable("The store cannot take changes now. Nothing was changed; try again later.");
            case InvalidCredentialException invalid:
                return ApiProblem.Invalid(invalid.Field, "credential.invalid", invalid.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return ApiProblem.BodyTooLarge(options.Value.MaxBodyBytes);
            case BadHttpRequestException bad:
                return ApiProblem.Of(bad.StatusCode, "request.malformed", bad.Message);
            default:
                ServerLog.RequestFailed(logger, exception, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return ApiProblem.Of(
                    StatusCodes.Status500InternalServerError, "internal", "Something went wrong in the gateway. Its log has more under the request id.");
        }
    }
}
