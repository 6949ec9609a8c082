using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using PushGateway.Server.Api.Rpc;
using PushGateway.Server.Json;

namespace PushGateway.Server.Problems;

/// <summary>An error answer as a value: what went wrong, for programs and for people.</summary>
internal sealed class ApiProblem : IResult, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(2);

    private ApiProblem(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null, TimeSpan? retryAfter = null, string? allow = null) =>
        (Status, Code, Detail, Errors, RetryAfter, Allow) = (status, code, detail, errors, retryAfter, allow);

    public int Status { get; }

    public string Code { get; }

    public string Detail { get; }

    public IReadOnlyList<FieldError>? Errors { get; }

    /// <summary>When trying again makes sense, at least a second when given.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The methods the address takes; only when it does not take that of the request.</summary>
    public string? Allow { get; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    public static ApiProblem Of(int status, string code, string detail) => new(status, code, detail);

    /// <param name="errors">One or more.</param>
    public static ApiProblem Invalid(IReadOnlyList<FieldError> errors) => new(
        StatusCodes.Status400BadRequest, errors[0].Code,
        errors.Count == 1 ? $"{errors[0].Field}: {errors[0].Detail}" : $"{errors.Count} fields are wrong; the first is {errors[0].Field}: {errors[0].Detail}",
        errors);

    public static ApiProblem Invalid(string field, string code, string detail) => Invalid([new FieldError(field, code, detail)]);

    public static ApiProblem BadRequest(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);

    public static ApiProblem NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    public static ApiProblem Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static ApiProblem BodyTooLarge(long limitBytes) => new(
        StatusCodes.Status413PayloadTooLarge, "body.tooLarge", $"The body is larger than {limitBytes.ToString(CultureInfo.InvariantCulture)} bytes.");

    /// <param name="allowed">The methods, as the header <c>Allow</c> lists them.</param>
    public static ApiProblem MethodNotAllowed(string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "method.notAllowed", $"This address takes {allowed} only.", allow: allowed);

    public static ApiProblem WrongContentType(string accepted) => new(
        StatusCodes.Status415UnsupportedMediaType, "contentType.unsupported", $"The body must be {accepted}, in UTF-8 and not compressed, and say so in Content-Type.");

    /// <param name="detail">What has been changed, and that trying again is in order.</param>
    public static ApiProblem StoreUnavailable(string detail) =>
        Later(StatusCodes.Status503ServiceUnavailable, "store.unavailable", detail, s_storeRetry);

    public static ApiProblem Later(int status, string code, string detail, TimeSpan retryAfter) => new(status, code, detail, null, retryAfter);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (RpcProblem.IsAsked(httpContext))
        {
            RpcProblem.Write(this, httpContext);
            return;
        }

        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Allow is not null)
        {
            response.Headers.Allow = Allow;
        }

        await response.WriteAsJsonAsync(
            ToDocument(httpContext.TraceIdentifier), ApiJson.Default.ProblemDocument, ContentType, httpContext.RequestAborted);
    }

    public ProblemDocument ToDocument(string requestId) => new()
    {
        Title = ReasonPhrases.GetReasonPhrase(Status),
        Status = Status,
        Detail = Detail,
        Code = Code,
        Errors = Errors,
        RequestId = requestId,
    };
}
