using System.Net;

namespace PushGateway.Client;

/// <summary>The gateway answered a request with an error. <see cref="Exception.Message"/> is one line for a person.</summary>
/// <remarks>Not reaching the gateway at all is an <see cref="HttpRequestException"/> instead.</remarks>
public sealed class PushGatewayApiException(
    HttpStatusCode status, string? code, string message, IReadOnlyList<FieldError> errors, string? requestId)
    : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>The stable word for programs, such as <c>token.invalid</c>; <see langword="null"/> when the answer was no problem document.</summary>
    public string? Code { get; } = code;

    /// <summary>What is wrong field by field; empty when the error is about no field.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;

    /// <summary>Finds the request in the gateway's log.</summary>
    public string? RequestId { get; } = requestId;
}

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">Its name with the whole path, such as <c>audience.channels[2]</c>.</param>
/// <param name="Code">The stable word for programs.</param>
/// <param name="Detail">The rule, in words.</param>
public sealed record FieldError(string Field, string? Code, string Detail);
