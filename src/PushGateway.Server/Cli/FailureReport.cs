using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using PushGateway.Client;
using PushGateway.Core;

namespace PushGateway.Server.Cli;

/// <summary>Words a failure: one line for what a user can expect and answer, everything there is for a bug.</summary>
internal static class FailureReport
{
    /// <returns>The exit code.</returns>
    public static async Task<int> WriteAsync(Exception exception, TextWriter error)
    {
        if (exception is OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures)
            {
                await error.WriteLineAsync($"error: {WithSection(failure, invalid.OptionsType)}");
            }

            return ExitCodes.Failure;
        }

        if (TryWord(exception) is { } words)
        {
            await error.WriteLineAsync($"error: {words}");
            return exception is CliException expected ? expected.ExitCode : ExitCodes.Failure;
        }

        await error.WriteLineAsync($"error: unexpected failure, which is a bug. {exception}");
        return ExitCodes.Failure;
    }

    /// <summary>Generated validators name the property only; the key to set begins with the section of its options.</summary>
    private static string WithSection(string failure, Type options) =>
        options.GetField("SectionName")?.GetRawConstantValue() is string section && !failure.StartsWith(section, StringComparison.Ordinal)
            ? $"{section}:{failure}"
            : failure;

    private static string? TryWord(Exception exception) => exception switch
    {
        CliException => exception.Message,
        PushGatewayApiException { Status: HttpStatusCode.Unauthorized } => "The gateway does not know this API key (--key or PUSHGATEWAY_KEY).",
        PushGatewayApiException { Code: { } code } => $"{exception.Message} [{code}]",
        PushGatewayApiException => exception.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"Cannot reach the gateway: {exception.Message}",
        HttpRequestException => exception.Message,
        OperationCanceledException { InnerException: TimeoutException } => "The gateway did not answer in time.",
        PushGatewayException => exception.Message,
        // A value that is not of its setting's type (the message names the key), a settings file that is no JSON, HTTPS without a certificate.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" or "Microsoft.AspNetCore.Server.Kestrel.Core" } => exception.Message,
        InvalidDataException { InnerException: { } inner } => $"{exception.Message} {(inner.InnerException ?? inner).Message}",
        IOException or UnauthorizedAccessException or SocketException => exception.Message,
        _ => null,
    };
}
