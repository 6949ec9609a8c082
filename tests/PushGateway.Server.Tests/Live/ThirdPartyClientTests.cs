using System.Diagnostics;
using System.Text.Json;
using PushGateway.FaultTests.Network;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Live;

/// <summary>Clients without a library of ours, called as the README shows.</summary>
public sealed class ThirdPartyClientTests(GatewayFixture fixture)
{
    private static readonly string[] s_all = ["*"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string ThirdParty => Path.Combine(Repository.Root, "tests", "PushGateway.Simulator.Tests", "ThirdParty");

    [Fact]
    public async Task NodeWebSocket_CutAgainAndAgain_HasEveryMessageOnceAndInOrder()
    {
        const int Messages = 40;
        Require(Directory.Exists(Path.Combine(ThirdParty, "node_modules", "ws")), "ws is not installed; run: npm ci in ThirdParty");
        var app = await fixture.CreateAppAsync();
        await SendAsync(app, "first");
        await using var proxy = new TcpProxy(fixture.Gateway.Address);
        var url = $"ws://127.0.0.1:{proxy.Address.Port}{app.Path}/channels/news/ws?access_token={await TokenAsync(app)}";
        using var node = Start("node", "websocket_client.js", JsonSerializer.Serialize(new { url, count = Messages }));
        Assert.Equal("state true", await node.StandardOutput.ReadLineAsync(Cancelled));
        for (var number = 0; number < Messages; number++)
        {
            await SendAsync(app, $"m{number}");
            if (number % 10 == 3)
            {
                proxy.Cut();
            }
        }

        var lines = (await node.StandardOutput.ReadToEndAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, Messages).Select(number => $"m{number}"), lines.Where(line => !line.StartsWith("state", StringComparison.Ordinal)));
        Assert.DoesNotContain("state false", lines);
        Assert.Contains("state true", lines);
    }

    [Fact]
    public async Task Curl_WithoutBuffering_ShowsEachMessageAsItComes()
    {
        var app = await fixture.CreateAppAsync();
        using var curl = Start("curl", "-sN", $"{fixture.Gateway.Address}{app.Path[1..]}/channels/news/sse?access_token={await TokenAsync(app)}");
        try
        {
            Assert.Contains("\"recovered\":true", await LineAsync("data:"), StringComparison.Ordinal);
            foreach (var text in new[] { "one", "two" })
            {
                await SendAsync(app, text);
                Assert.Contains($"\"text\":\"{text}\"", await LineAsync("data:"), StringComparison.Ordinal);
            }
        }
        finally
        {
            curl.Kill();
        }

        async Task<string> LineAsync(string beginning)
        {
            while (true)
            {
                var line = await curl.StandardOutput.ReadLineAsync(Cancelled) ?? throw new EndOfStreamException("curl has ended.");
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
    }

    [Fact]
    public async Task SignalRScript_OfTheChat_IsTheOfficialOneOfTheVersionThatIsPinned()
    {
        var official = Path.Combine(ThirdParty, "node_modules", "@microsoft", "signalr", "dist", "browser", "signalr.min.js");
        Require(File.Exists(official), "@microsoft/signalr is not installed; run: npm ci in ThirdParty");
        Assert.Equal(await File.ReadAllBytesAsync(official, Cancelled), await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "src", "PushGateway.Server", "ChatDemo", "Assets", "signalr.min.js"), Cancelled));
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, WorkingDirectory = ThirdParty })!;

    private static async Task<string> TokenAsync(TestApp app) =>
        (await app.Devices.PostAsync($"{app.Path}/subscribers/anna/token", new { listen = s_all })).Expect(200).Text("token");

    private static async Task SendAsync(TestApp app, string text) =>
        (await app.Publish.PostAsync($"{app.Path}/channels/news/messages", new { type = "chat", data = new { text } })).Expect(201);

    private static void Require(bool present, string reason)
    {
        if (!present)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", reason);
            Assert.Skip(reason);
        }
    }
}
