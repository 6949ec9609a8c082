using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Control;

/// <summary><see cref="SimulatorControl"/> over HTTP; README.md lists the routes.</summary>
internal sealed class ControlEndpoint(SimulatorControl control)
{
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, wrong.Message);
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var segments = (context.Request.Path.Value ?? string.Empty).Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch ((context.Request.Method, segments))
        {
            case ("GET", ["counters"]):
                await WriteAsync(context, control.Counters(), ControlJson.Default.SimulatorCounters);
                break;
            case ("GET", ["tokens", var provider, .. { Length: > 0 } token]):
                // Kestrel has decoded the path except for %2F, which it leaves so that it does not become a separator.
                await WriteTokenAsync(context, ProviderOf(provider), string.Join('/', token).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
                break;
            case ("GET", ["recent"]):
                await WriteAsync(context, control.Recent(), ControlJson.Default.IReadOnlyListRecentPush);
                break;
            case ("GET", ["rules"]):
                await WriteAsync(context, control.Rules, ControlJson.Default.IReadOnlyListFaultRule);
                break;
            case ("POST", ["rules"]):
                var rule = await ReadAsync(context, ControlJson.Default.FaultRule);
                await WriteAsync(context, new RuleAdded(control.AddRule(rule)), ControlJson.Default.RuleAdded, StatusCodes.Status201Created);
                break;
            case ("DELETE", ["rules"]):
                control.ClearRules();
                NoContent(context);
                break;
            case ("DELETE", ["rules", var id]) when control.RemoveRule(id):
                NoContent(context);
                break;
            case ("POST", ["reset"]):
                control.Reset();
                NoContent(context);
                break;
            case ("GET", ["quotas"]):
                await WriteAsync(context, control.Quotas, ControlJson.Default.SimulatorQuotas);
                break;
            case ("PUT", ["quotas"]):
                control.Quotas = await ReadAsync(context, ControlJson.Default.SimulatorQuotas);
                NoContent(context);
                break;
            case ("GET", ["credentials"]):
                await WriteAsync(context, control.Credentials, ControlJson.Default.SimulatorCredentials);
                break;
            case ("POST", ["credentials", "revoke"]):
                control.Revoke((await ReadAsync(context, ControlJson.Default.CredentialChange)).Credential);
                NoContent(context);
                break;
            case ("POST", ["credentials", "restore"]):
                control.Restore((await ReadAsync(context, ControlJson.Default.CredentialChange)).Credential);
                NoContent(context);
                break;
            case ("POST", ["connections", var provider, "close"]):
                await WriteClosedAsync(context, ProviderOf(provider), gracefully: true);
                break;
            case ("POST", ["connections", var provider, "abort"]):
                await WriteClosedAsync(context, ProviderOf(provider), gracefully: false);
                break;
            default:
                await WriteErrorAsync(context, StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Method} {context.Request.Path}.");
                break;
        }
    }

    private Task WriteTokenAsync(HttpContext context, SimulatedProvider provider, string token) => WriteAsync(
        context, new TokenState(provider, token, control.TimesAccepted(provider, token), control.LastPush(provider, token)), ControlJson.Default.TokenState);

    private Task WriteClosedAsync(HttpContext context, SimulatedProvider provider, bool gracefully) =>
        WriteAsync(context, new ConnectionsClosed(control.CloseConnections(provider, gracefully)), ControlJson.Default.ConnectionsClosed);

    private static SimulatedProvider ProviderOf(string name) => Enum.TryParse<SimulatedProvider>(name, ignoreCase: true, out var provider) && Enum.IsDefined(provider)
        ? provider
        : throw new ArgumentException($"'{name}' is not a provider; apns, fcm and oauth are.");

    private static async Task<TBody> ReadAsync<TBody>(HttpContext context, JsonTypeInfo<TBody> type)
    {
        using var body = await RequestBody.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        return JsonSerializer.Deserialize(body.Bytes.Span, type) ?? throw new JsonException("A JSON object is required.");
    }

    private static Task WriteErrorAsync(HttpContext context, int status, string message) =>
        WriteAsync(context, new ControlError(message), ControlJson.Default.ControlError, status);

    private static async Task WriteAsync<TBody>(HttpContext context, TBody body, JsonTypeInfo<TBody> type, int status = StatusCodes.Status200OK)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes);
    }

    private static void NoContent(HttpContext context) => context.Response.StatusCode = StatusCodes.Status204NoContent;
}
