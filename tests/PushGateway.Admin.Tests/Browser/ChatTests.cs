using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;
using PushGateway.FaultTests.Network;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>The chat of two browser tabs, over the official SignalR client and a network that goes away.</summary>
public sealed class ChatTests(BrowserFixture chromium)
{
    [Fact]
    public async Task Chat_TabGoesOfflineAndBack_HasEveryMessageOnceAndInOrder()
    {
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection([new("PushGateway:ChatDemo:App", "demo")]));
        await dashboard.PutAsync("/v1/apps/demo", new { name = "Demo" });
        await using var proxy = new TcpProxy(dashboard.Address);
        await using var anna = await JoinAsync(proxy.Address, "anna");
        await using var ben = await JoinAsync(dashboard.Address, "ben");
        await Here(anna, "anna", "ben");
        await Here(ben, "anna", "ben");
        List<string> said = [];
        await SayAsync(anna, "hi <b>there</b>");
        await SayAsync(ben, "hello");
        await Said(anna);
        await Said(ben);
        await anna.AssertAccessibleAsync("chat");
        await anna.PictureAsync("chat");

        using (var back = new CancellationTokenSource())
        {
            var down = proxy.GoDownAsync(TimeSpan.FromMinutes(5), back.Token);
            await State(anna, "offline");
            await Assertions.Expect(anna.Button("Send")).ToBeDisabledAsync();
            await anna.PictureAsync("chat-offline");
            await Here(ben, "ben");
            for (var number = 0; number < 5; number++)
            {
                await SayAsync(ben, $"are you there? {number}");
            }

            await Said(ben);
            Assert.Equal(2, await anna.Page.Locator("#messages li").CountAsync());
            await back.CancelAsync();
            await down.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await State(anna, "online");
        await Said(anna);
        await Here(ben, "anna", "ben");
        await Here(anna, "anna", "ben");
        await SayAsync(anna, "here again");
        await Said(anna);
        await Said(ben);
        await ben.AssertAccessibleAsync("chat of ben");
        ben.AssertQuiet();
        Assert.DoesNotContain(anna.Problems, problem => problem.StartsWith("chat", StringComparison.Ordinal));

        async Task SayAsync(Visit visit, string text)
        {
            await visit.Page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
            await visit.ClickAsync("Send");
            // Taken when the field is empty again.
            await Assertions.Expect(visit.Page.GetByLabel("Message", new() { Exact = true })).ToHaveValueAsync(string.Empty);
            said.Add($"{(visit == anna ? "anna" : "ben")}: {text}");
        }

        Task Said(Visit visit) => Assertions.Expect(visit.Page.Locator("#messages li")).ToHaveTextAsync([.. said]);
    }

    [Fact]
    public async Task Chat_WithoutTheSetting_IsNotThere()
    {
        await using var dashboard = await Dashboard.StartAsync();
        using var http = new HttpClient { BaseAddress = dashboard.Address };
        using var page = await http.GetAsync("/demo/chat", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, page.StatusCode);
        using var token = await http.PostAsync("/demo/chat/token", new StringContent("{}"), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, token.StatusCode);
    }

    [Fact]
    public async Task Token_OfTheChat_IsForItsChannelOnlyAndForANameThatIsOne()
    {
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection([new("PushGateway:ChatDemo:App", "demo")]));
        await dashboard.PutAsync("/v1/apps/demo", new { name = "Demo" });
        using var http = new HttpClient { BaseAddress = dashboard.Address };
        using var refused = await http.PostAsync("/demo/chat/token", Json("""{"name": "a b"}"""), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        using var issued = await http.PostAsync("/demo/chat/token", Json("""{"name": "eve"}"""), TestContext.Current.CancellationToken);
        var token = System.Text.Json.Nodes.JsonNode.Parse(await issued.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["token"]!.GetValue<string>();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        foreach (var (path, status) in new[] { ("/v1/apps/demo/channels/demo-chat/messages", 200), ("/v1/apps/demo/channels/news/messages", 403), ("/v1/apps/demo/events", 403), ("/v1/apps", 403) })
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True((int)answer.StatusCode == status, $"{path} was answered {answer.StatusCode}");
        }

        static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
    }

    private async Task<Visit> JoinAsync(Uri address, string name)
    {
        var visit = await Visit.BeginAsync(chromium.Browser, address);
        await visit.GoAsync("/demo/chat", "Chat");
        await visit.Page.GetByLabel("Your name").FillAsync(name);
        await visit.ClickAsync("Join");
        await State(visit, "online");
        return visit;
    }

    private static Task State(Visit visit, string state) => Assertions.Expect(visit.Page.Locator("#state")).ToHaveTextAsync(state);

    private static Task Here(Visit visit, params string[] names) => Assertions.Expect(visit.Page.Locator("#members li")).ToHaveTextAsync(names);
}
