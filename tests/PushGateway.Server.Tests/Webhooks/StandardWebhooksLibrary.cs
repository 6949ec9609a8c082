using System.Diagnostics;
using System.Text.Json;

namespace PushGateway.Server.Tests.Webhooks;

/// <summary>The verifying library of Standard Webhooks for Node.js, as receivers use it.</summary>
internal static class StandardWebhooksLibrary
{
    /// <returns>What the library says to the request.</returns>
    public static async Task<JsonElement> VerifyAsync(string secret, ReceivedRequest request)
    {
        var folder = FindFolder();
        Require(Directory.Exists(Path.Combine(folder, "node_modules", "standardwebhooks")), $"standardwebhooks is not installed; run: npm ci in {Path.GetFileName(folder)}");
        var start = new ProcessStartInfo("node", ["standardwebhooks_verify.js"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(
            JsonSerializer.Serialize(new { secret, body = request.Body, headers = request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value) })
                .AsMemory(), limit.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonDocument.Parse(await output).RootElement;
    }

    private static void Require(bool present, string reason)
    {
        if (!present)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", reason);
            Assert.Skip(reason);
        }
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "PushGateway.Simulator.Tests", "ThirdParty");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("The third parties' folder is not beside the tests.");
    }
}
