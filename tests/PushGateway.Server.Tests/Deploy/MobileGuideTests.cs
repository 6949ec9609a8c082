using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>What the guide for developers of apps says to type is typed, against a real gateway.</summary>
public sealed partial class MobileGuideTests(GatewayFixture fixture)
{
    private static readonly string[] s_scopes = ["devices"];
    private static readonly string[] s_channels = ["cooking", "travel"];

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

    [Fact]
    public async Task JavaScript_OfTheGuide_IsWellFormed()
    {
        var blocks = await ReadBlocksAsync("javascript");
        Assert.NotEmpty(blocks);
        foreach (var block in blocks)
        {
            // As modules: they begin with what they import.
            await RunNodeAsync(block, "--check");
        }
    }

    [Fact]
    public async Task JavaScript_OfTheGuide_RegistersAndSubscribesTheSubscriber()
    {
        var app = await fixture.CreateAppAsync();
        var grant = (await app.Devices.PostAsync($"{app.Path}/subscribers/ana/token", new { devices = true, subscribe = s_channels })).Expect(200).Text("token");
        var gateway = new Uri(fixture.Gateway.Address, app.Path).AbsoluteUri;
        var blocks = await ReadBlocksAsync("javascript");
        var web = Imports().Replace(Assert.Single(blocks, block => block.Contains("'firebase/messaging'", StringComparison.Ordinal)), string.Empty)
            .Replace("const gateway = '/v1/apps/news'", $"const gateway = '{gateway}'", StringComparison.Ordinal);
        var native = Imports().Replace(blocks[0], string.Empty);

        // What a browser, Firebase and the app itself would have there.
        var around = $$"""
            const subscriber = 'ana', subscriberToken = '{{grant}}', vapidKey = '', device = 'ana-page';
            const getMessaging = () => null, getToken = async () => 'token-of-the-page', messaging = () => ({ onTokenRefresh() {} });
            globalThis.Notification = { requestPermission: async () => 'granted' };
            Object.defineProperty(globalThis, 'navigator', { value: { language: 'es-MX' }, configurable: true });

            """;
        await RunNodeAsync($"{around}{web}\nawait register(device); await subscribe('cooking');");
        await RunNodeAsync($"const gateway = '{gateway}';\n{around}{native}\nawait subscribe('travel');");

        var found = (await app.Devices.GetAsync($"{app.Path}/devices/ana-page")).Expect(200);
        Assert.Equal(("fcm", "ana", "es-mx"), (found.Text("provider"), found.Text("subscriber"), found.Text("locale")));
        var channels = (await app.Devices.GetAsync($"{app.Path}/subscribers/ana/channels")).Expect(200).Json.GetProperty("items").EnumerateArray().Select(channel => channel.GetString()!);
        Assert.Equal(s_channels, channels.Order());
    }

    /// <summary>What snippets ask the gateway for is there, in languages that are not run here too.</summary>
    [Theory]
    [InlineData("swift")]
    [InlineData("kotlin")]
    [InlineData("javascript")]
    public async Task Addresses_OfTheGuide_AreThoseOfTheGateway(string language)
    {
        var routes = fixture.Gateway.Application.Services.GetServices<EndpointDataSource>()
            .Concat(((IEndpointRouteBuilder)fixture.Gateway.Application).DataSources).SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => Parameter().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "*")).ToHashSet();

        var addresses = (await ReadBlocksAsync(language)).SelectMany(block => Addresses().Matches(block))
            .Select(match => Interpolated().Replace(match.Groups["path"].Value, "*")).ToList();

        Assert.Contains("channels/*/subscribers/*", addresses);
        Assert.Contains("events/*/opened", addresses);
        Assert.All(addresses, address => Assert.Contains($"v1/apps/*/{address}", routes));
    }

    private static async Task<List<string>> ReadBlocksAsync(string language)
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "mobile.md"), TestContext.Current.CancellationToken);
        return [.. guide.Split($"```{language}\n")[1..].Select(rest => rest.Split("```\n")[0])];
    }

    private static async Task RunNodeAsync(string module, string options = "")
    {
        var file = Path.Combine(Path.GetTempPath(), $"pushgateway-{Path.GetRandomFileName()}.mjs");
        await File.WriteAllTextAsync(file, module, TestContext.Current.CancellationToken);
        try
        {
            await RunAsync($"node {options} {file}");
        }
        finally
        {
            File.Delete(file);
        }
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

    [GeneratedRegex("^import .*$", RegexOptions.Multiline)]
    private static partial Regex Imports();

    // What stands behind the app's address, as each language writes it.
    [GeneratedRegex(@"(appending\(path: ""|\$\{?gateway\}?/|\$\{gateway\.replace\(.*?\)\}/|put\(`|`/v1/apps/news/)(?<path>(channels|devices|events|subscribers)/[^`""?]*)")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"\\\(\w+\)|\$\{[^}]+\}|\$\w+|(?<=channels/)cooking")]
    private static partial Regex Interpolated();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"token\":\"(?<token>[^\"]+)\"")]
    private static partial Regex Token();
}
