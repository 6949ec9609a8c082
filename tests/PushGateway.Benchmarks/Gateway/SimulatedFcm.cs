using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Apps;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>The simulated FCM, <c>pushgateway simulate</c>, in a process of its own: it checks every message and enforces a quota, as Google does.</summary>
internal sealed class SimulatedFcm : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly JsonNode _details;
    private readonly HttpClient _control;

    private SimulatedFcm(Process process, JsonNode details)
    {
        (_process, _details) = (process, details);
        _control = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(details["controlEndpoint"]!.GetValue<string>()) };
    }

    /// <param name="messagesPerMinute">Enforced in every 60 seconds there are: no minute could begin at a worse moment.</param>
    public static async Task<SimulatedFcm> StartAsync(int messagesPerMinute, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(GatewayProcess.FindExecutable()) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("simulate");
        // The details as one line of JSON, and the end when standard input ends.
        start.ArgumentList.Add("--child");
        var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_limit, TimeProvider.System, cancellationToken);
            var fcm = new SimulatedFcm(process, JsonNode.Parse(line ?? throw new BenchmarkException("The simulator ended before it had started."))!);
            var quotas = new JsonObject { ["fcmMessagesPerMinute"] = messagesPerMinute, ["fcmWindowSlides"] = true };
            using var answer = await fcm._control.PutAsJsonAsync("quotas", quotas, cancellationToken);
            answer.EnsureSuccessStatusCode();
            return fcm;
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async Task PutCredentialsAsync(PushGatewayAppClient app, int messagesPerMinute, CancellationToken cancellationToken)
    {
        var fcm = _details["credentials"]!["fcm"]!;
        await app.PutFcmAsync(
            new FcmCredentials
            {
                ServiceAccount = fcm["serviceAccount"]!.DeepClone().AsObject(),
                Endpoint = new Uri(fcm["endpoint"]!.GetValue<string>()).GetLeftPart(UriPartial.Authority),
                TrustedCertificates = fcm["trustedCertificates"]!.GetValue<string>(),
                MessagesPerMinute = messagesPerMinute,
            },
            cancellationToken);
    }

    /// <returns>Messages accepted so far, and those refused because they were too many.</returns>
    public async Task<(long Accepted, long Throttled)> CountAsync(CancellationToken cancellationToken)
    {
        var fcm = (await _control.GetFromJsonAsync<JsonNode>("counters", cancellationToken))!["fcm"]!;
        var throttled = fcm["byStatus"]?["429"]?.GetValue<long>() ?? 0;
        return (fcm["accepted"]!.GetValue<long>(), throttled);
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        using (_process)
        {
            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_limit, TimeProvider.System);
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }
    }
}
