using System.Diagnostics;
using System.Text.RegularExpressions;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>What the guide for developers of apps says to type is typed, against a real gateway.</summary>
public sealed partial class MobileGuideTests(GatewayFixture fixture)
{
    private static readonly string[] s_scopes = ["devices"];

    [Fact]
    public async Task Commands_OfTheGuide_DoWhatTheySay()
    {
        var app = await fixture.CreateAppAsync();
        var key = (await app.Admin.PostAsync("/v1/keys", new { name = "backend", scopes = s_scopes, app = app.Id })).Expect(201).Text("key");
        var @event = (await app.Publish.PostAsync($"{app.Path}/events", new { type = "t", audience = new { all = true }, notification = new { title = "t" } })).Expect(202).Text("id");
        var blocks = Blocks().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "mobile.md"), TestContext.Current.CancellationToken))
            .Select(block => block.Groups["text"].Value.Replace("http://127.0.0.1:8080/v1/apps/news", new Uri(fixture.Gateway.Address, app.Path).AbsoluteUri, StringComparison.Ordinal)
                .Replace("\"token\": \"…\"", $"\"token\": \"{new string('5', 64)}\"", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(5, blocks.Count);

        var backend = await RunAsync($"DEVICES_KEY={key}; device=ana-iphone\n{blocks[0]}");
        var token = Token().Match(backend).Groups["token"].Value;
        Assert.NotEmpty(token);
        (await app.Devices.GetAsync($"{app.Path}/devices/ana-iphone")).Expect(404);

        // The phone itself, with a token that is good for more.
        Assert.Contains("\"ana-iphone\"", await RunAsync($"DEVICES_KEY={key}; device=ana-iphone\n{blocks[0]}\n{blocks[1]}"), StringComparison.Ordinal);
        (await app.Devices.GetAsync($"{app.Path}/devices/ana-iphone")).Expect(404);

        // Signed in again; and the person opens what came.
        (await app.Devices.PutAsync($"{app.Path}/devices/ana-iphone", new { provider = "apns", token = new string('5', 64), subscriber = "ana" })).Expect(201);
        var gateway = blocks[0].Split('\n').First(line => line.StartsWith("gateway=", StringComparison.Ordinal));
        Assert.Contains("\"counted\":1", await RunAsync($"SUBSCRIBER_TOKEN={token}; event={@event}; {gateway}\n{blocks[3]}"), StringComparison.Ordinal);
        Assert.Contains("\"repeated\":1", await RunAsync($"SUBSCRIBER_TOKEN={token}; event={@event}; {gateway}\n{blocks[4]}"), StringComparison.Ordinal);
        Assert.Equal(1, (await app.Read.GetAsync($"{app.Path}/events/{@event}")).Number("opened"));

        // Last: the app's own issuer.
        await RunAsync($"ADMIN_KEY={GatewayFixture.AdminKey}; {gateway}\n{blocks[2]}");
        Assert.Equal("push", (await app.Admin.GetAsync($"{app.Path}/identity")).Expect(200).Text("audience"));
    }

    private static async Task<string> RunAsync(string script)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var process = Process.Start(new ProcessStartInfo("bash", ["-euc", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{script}\n{await output}\n{await errors}");
        return await output;
    }

    [GeneratedRegex("```bash\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("\"token\":\"(?<token>[^\"]+)\"")]
    private static partial Regex Token();
}
