using System.Net;
using PushGateway.Server.Cli;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Cli;

public sealed class DemoProcessTests
{
    [Fact]
    public async Task Demo_WithExit_ProvesItsAccountAndEndsWithSuccess()
    {
        await using var demo = ServerProcess.Start("demo", "--devices", "2000", "--exit", "--port", "0");

        var result = await demo.WaitForExitAsync();

        Assert.True(result.ExitCode == ExitCodes.Success, result.Output + result.Error);
        Assert.Contains("100 %, 2,000 of 2,000 devices", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"all +\| +2,000 \| +1,980 \| +20 \|", result.Output);
        Assert.Matches(@"All \d+ checks passed\.", result.Output);
        Assert.DoesNotContain('\e', result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Demo_InterruptedWhileItStays_EndsCleanlyWithItsChildAndItsFolder()
    {
        await using var demo = ServerProcess.Start("demo", "--devices", "10", "--port", "0");
        var log = (await demo.WaitForLineAsync("gateway.log"))["Log".Length..].Trim();
        await demo.WaitForLineAsync("Ctrl-C");
        var simulator = Assert.Single(demo.Children());

        await demo.SignalAsync("INT");

        var result = await demo.WaitForExitAsync();
        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Empty(result.Error);
        await ServerProcess.WaitForEndAsync(simulator);
        Assert.False(Directory.Exists(Path.GetDirectoryName(log)));
    }

    [Fact]
    public async Task Demo_ItsLines_LeadToADashboardThatTheLinkSignsInToOnce()
    {
        await using var demo = ServerProcess.Start("demo", "--devices", "10", "--port", "0");
        var dashboard = new Uri(await ValueOfAsync("Dashboard "));
        var line = await demo.WaitForLineAsync("First sign-in ");
        var link = new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
        Assert.EndsWith("(works once)", line, StringComparison.Ordinal);
        var reference = new Uri(await ValueOfAsync("API reference "));
        var adminKey = await ValueOfAsync("Admin key ");
        await demo.WaitForLineAsync("Ctrl-C");

        Assert.Equal("/admin", dashboard.AbsolutePath);
        Assert.Equal(dashboard.Authority, link.Authority);
        using var ada = new FirstAccountForm(dashboard);
        Assert.Equal(HttpStatusCode.Redirect, await ada.GetAsync("/admin"));
        Assert.Equal("/admin", await ada.SubmitAsync(link.PathAndQuery, "ada"));
        Assert.Equal(HttpStatusCode.OK, await ada.GetAsync("/admin/users"));

        using var eve = new FirstAccountForm(dashboard);
        Assert.StartsWith("/admin/setup?problem=link", await eve.SubmitAsync(link.PathAndQuery, "eve"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await eve.GetAsync("/admin"));
        using var http = new HttpClient { BaseAddress = dashboard };
        http.DefaultRequestHeaders.Authorization = new("Bearer", adminKey);
        // Led from there to the page itself.
        using (var page = await http.GetAsync(reference, TestContext.Current.CancellationToken))
        {
            Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        }

        using (var apps = await http.GetAsync("/v1/apps", TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.OK, apps.StatusCode);
        }

        await demo.SignalAsync("INT");
        var result = await demo.WaitForExitAsync();
        Assert.Equal((ExitCodes.Success, ""), (result.ExitCode, result.Error));

        async Task<string> ValueOfAsync(string label) => (await demo.WaitForLineAsync(label))[label.Length..].Trim().Split(' ')[0];
    }

    [Fact]
    public async Task Demo_InterruptedWhileItImports_EndsCleanly()
    {
        await using var demo = ServerProcess.Start("demo", "--devices", "100000000", "--port", "0");
        await demo.WaitForLineAsync("Importing:");

        await demo.SignalAsync("INT");

        var result = await demo.WaitForExitAsync();
        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Contains("Stopped.", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Demo_Killed_TakesTheSimulatorWithIt()
    {
        await using var demo = ServerProcess.Start("demo", "--devices", "10", "--port", "0");
        await demo.WaitForLineAsync("Ctrl-C");
        var simulator = Assert.Single(demo.Children());

        await demo.SignalAsync("KILL");

        await demo.WaitForExitAsync();
        await ServerProcess.WaitForEndAsync(simulator);
    }

    [Fact]
    public async Task Demo_FolderWithAStore_IsLeftAlone()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-test-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "pushgateway.db"), "mine", TestContext.Current.CancellationToken);

        var result = await new CommandRun().RunAsync("demo", "--exit", "--data", folder.FullName);

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("fresh", result.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "pushgateway.db"), TestContext.Current.CancellationToken));
        folder.Delete(recursive: true);
    }
}
