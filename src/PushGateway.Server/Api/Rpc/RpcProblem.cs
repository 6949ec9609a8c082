using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Rpc;

/// <summary>A problem as gRPC says it: a status with the details of <c>google.rpc</c>, which clients of every language can read.</summary>
internal static class RpcProblem
{
    private const string Domain = "pushgateway";

    /// <summary>They travel in a header, and clients take 8 KiB of those.</summary>
    private const int MaxViolations = 10;

    /// <summary>Whether an answer to this request has to be one of gRPC.</summary>
    public static bool IsAsked(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not null &&
        context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    public static RpcException ToRpcException(this ApiProblem problem, HttpContext context) => ToStatus(problem, context.TraceIdentifier).ToRpcException();

    /// <summary>Answers a call that reaches no method: the status alone (gRPC over HTTP/2, Trailers-Only).</summary>
    public static void Write(ApiProblem problem, HttpContext context)
    {
        var status = ToStatus(problem, context.TraceIdentifier);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = status.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(status.Message);
        response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray());
    }

    private static Google.Rpc.Status ToStatus(ApiProblem problem, string requestId)
    {
        var status = new Google.Rpc.Status { Code = (int)CodeOf(problem.Status), Message = problem.Detail };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = problem.Code, Domain = Domain }));
        status.Details.Add(Any.Pack(new RequestInfo { RequestId = requestId }));
        if (problem.Errors is { Count: > 0 } errors)
        {
            var bad = new BadRequest();
            bad.FieldViolations.AddRange(errors.Take(MaxViolations).Select(error =>
                new BadRequest.Types.FieldViolation { Field = error.Field, Description = error.Detail, Reason = error.Code }));
            status.Details.Add(Any.Pack(bad));
        }

        if (problem.RetryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status;
    }

    private static StatusCode CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => StatusCode.InvalidArgument,
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status409Conflict => StatusCode.AlreadyExists,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}
