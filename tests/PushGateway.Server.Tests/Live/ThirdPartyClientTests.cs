using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using PushGateway.FaultTests.Network;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Live;

/// <summary>Clients without a library of ours, called as the README shows.</summary>
public sealed partial class ThirdPartyClientTests(GatewayFixture fixture)
{
    private static readonly string[] s_all = ["*"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string ThirdParty => Path.Combine(Repository.Root, "tests", "PushGateway.Simulator.Tests", "ThirdParty");

    /// <summary>The text of the README itself, with an address, and a line for each message.</summary>
    [Fact]
    public async Task NodeWebSocket_OfTheReadmeCutAgainAndAgain_HasEveryMessageOnceAndInOrder()
    {
        const int Rounds = 3;
        const int MessagesOfEach = 5;
        Require(Directory.Exists(Path.Combine(ThirdParty, "node_modules", "ws")), "ws is not installed; run: npm ci in ThirdParty");
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), Cancelled);
        var script = Assert.Single(Scripts().Matches(readme), block => block.Value.Contains("require('ws')", StringComparison.Ordinal)).Groups["text"].Value;
        var app = await fixture.CreateAppAsync();
        await using var proxy = new TcpProxy(fixture.Gateway.Address);
        var url = $"ws://127.0.0.1:{proxy.Address.Port}{app.Path}/channels/news/ws?access_token={await TokenAsync(app)}";
        using var node = Start("node", "-e", $"const url = {JsonSerializer.Serialize(url)};\nconsole.log = (message) => process.stdout.write(message.data.text + '\\n');\n{script}");
        try
        {
            // It begins with the next message, and does not say from when on it listens.
            var first = node.StandardOutput.ReadLineAsync(Cancelled).AsTask();
            await Eventually.TrueAsync(async () =>
            {
                await SendAsync(app, "hello");
                return first.IsCompleted;
            });
            Assert.Equal("hello", await first);
            for (var round = 0; round < Rounds; round++)
            {
                for (var number = 0; number < MessagesOfEach; number++)
                {
                    await SendAsync(app, $"{round}.{number}");
                    if (number == 1)
                    {
                        proxy.Cut();
                    }
                }

                for (var number = 0; number < MessagesOfEach; number++)
                {
                    Assert.Equal($"{round}.{number}", await NextAsync());
                }
            }
        }
        finally
        {
            node.Kill();
        }

        async Task<string> NextAsync()
        {
            while (true)
            {
                var line = await node.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled);
                if (line != "hello")
                {
                    return line ?? throw new EndOfStreamException("The script has ended.");
                }
            }
        }
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

    [GeneratedRegex("```js\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Scripts();
}
