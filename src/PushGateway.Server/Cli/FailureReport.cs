using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using PushGateway.Client;
using PushGateway.Core;
using PushGateway.Server.Security;

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
                await error.WriteLineAsync($"error: {failure}");
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
        InvalidOperationException when exception.Message.StartsWith(FirstAdminKey.SettingName, StringComparison.Ordinal) => exception.Message,
        IOException or UnauthorizedAccessException or SocketException => exception.Message,
        _ => null,
    };
}
