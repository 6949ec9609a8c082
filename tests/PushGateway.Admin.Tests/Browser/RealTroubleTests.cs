using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PushGateway.FaultTests.Stores;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Storage.Tests.Support;

[assembly: AssemblyFixture(typeof(PostgreSqlServer))]

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Whole gateways to which it really happens: within ten seconds it is on an overview that is open.</summary>
public sealed partial class RealTroubleTests(BrowserFixture browser, PostgreSqlServer server)
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_withinTenSeconds = new() { Timeout = 10_000 };

    // Pages come from a process that has just started, on a machine that may be busy.
    private static readonly LocatorAssertionsToBeVisibleOptions s_atLast = new() { Timeout = 60_000 };

    /// <summary>Nobody publishes: the gateway finds out by itself.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Overview_WhileTheDiskIsFull_SaysSoAndRecovers(bool isFileSystem)
    {
        var chromium = browser.Browser;
        await using IDiskFault? disk = isFileSystem ? await FullFileSystem.MountAsync() : new FileSizeLimit();
        Assert.SkipWhen(disk is null, "This user may not mount a file system.");
        await using var gateway = new GatewayProcess([], disk.Folder);
        var link = await StartAsync(gateway);
        await using var visit = await Visit.BeginAsync(chromium, gateway.Address);
        await visit.Page.GotoAsync(link);
        await visit.CreateAccountAsync("ada");
        await gateway.Client.PutAppAsync("shop", "The shop", TestContext.Current.CancellationToken);
        await visit.GoAsync("/admin", "Overview");
        var problem = visit.Page.GetByText("The store has a problem. The store takes no changes:");
        await Assertions.Expect(visit.Page.GetByText("Nothing has been sent yet").Or(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 2 })).First).ToBeVisibleAsync(s_atLast);
        await Assertions.Expect(problem).ToHaveCountAsync(0);

        await disk.FillAsync(gateway.ProcessId, gateway.StoreFile);

        await Assertions.Expect(problem).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("nothing is lost. Free disk space");
        await visit.PictureAsync(isFileSystem ? "overview-disk-full" : "overview-file-limit", whole: false);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PublishAsync(gateway));

        await disk.MakeRoomAsync(gateway.ProcessId);
        await Assertions.Expect(problem).ToHaveCountAsync(0, new() { Timeout = 20_000 });
        Assert.Equal(HttpStatusCode.Accepted, await PublishAsync(gateway));
        visit.AssertQuiet();
    }

    /// <summary>Leases of a minute: who has to know is told long before others take the work over.</summary>
    [Theory]
    [InlineData("00:00:10")]
    [InlineData("00:01:00")]
    public async Task Overview_WithAnotherGatewayFrozen_SaysSoAndWhatToDo(string lease)
    {
        var chromium = browser.Browser;
        var (database, keys) = (await server.CreateDatabaseAsync(), Directory.CreateTempSubdirectory("pushgateway-keys-").FullName);
        try
        {
            await using var here = Gateway("web-1");
            var link = await StartAsync(here);
            await using var other = Gateway("web-2");
            await other.StartAgainAsync();
            await using var visit = await Visit.BeginAsync(chromium, here.Address);
            await visit.Page.GotoAsync(link);
            await visit.CreateAccountAsync("ada");
            await here.Client.PutAppAsync("shop", "The shop", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Accepted, await PublishAsync(here));
            await visit.GoAsync("/admin", "Overview");
            var atWork = visit.Page.Locator("section[aria-labelledby=nodes-title] .pg-pill.ok");
            await Assertions.Expect(atWork).ToHaveCountAsync(2, new() { Timeout = 60_000 });

            await other.FreezeAsync();

            await Assertions.Expect(visit.Page.GetByText("Gateway web-2 has not been heard of for")).ToBeVisibleAsync(s_withinTenSeconds);
            await visit.See("See whether its machine runs and reaches the database.");
            await visit.PictureAsync("overview-frozen", whole: false);

            await other.WakeAsync();
            await Assertions.Expect(atWork).ToHaveCountAsync(2, new() { Timeout = 20_000 });
            await Assertions.Expect(visit.Page.GetByText("has not been heard of")).ToHaveCountAsync(0);
            visit.AssertQuiet();
        }
        finally
        {
            Directory.Delete(keys, recursive: true);
        }

        GatewayProcess Gateway(string name) => new(
        [
            ("PushGateway__Storage__Provider", "PostgreSql"),
            ("PushGateway__Storage__ConnectionString", database),
            ("PushGateway__Storage__LeaseDuration", lease),
            ("PushGateway__Storage__NodeName", name),
            ("PushGateway__DataProtection__KeysDirectory", keys),
        ]);
    }

    /// <returns>The link that it has printed.</returns>
    private static async Task<string> StartAsync(GatewayProcess gateway)
    {
        var link = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.OnLine = line =>
        {
            if (FirstLink().Match(line) is { Success: true } found)
            {
                link.TrySetResult(found.Value);
            }
        };
        await gateway.StartAgainAsync();
        return await link.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"/admin/setup\?token=\S+")]
    private static partial Regex FirstLink();

    private static async Task<HttpStatusCode> PublishAsync(GatewayProcess gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/apps/shop/events")
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["type"] = "greeting",
                ["audience"] = new JsonObject { ["all"] = true },
                ["notification"] = new JsonObject { ["title"] = "Hello" },
            }),
        };
        request.Headers.Authorization = new("Bearer", GatewayProcess.AdminKey);
        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
