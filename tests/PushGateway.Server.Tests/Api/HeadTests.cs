namespace PushGateway.Server.Tests.Api;

public sealed class HeadTests(GatewayFixture fixture)
{
    // They differ from one answer to the next, whatever the method; or say how a body is sent that is not there.
    private static readonly string[] s_own = ["X-Request-Id", "Date", "Transfer-Encoding", "Content-Length"];

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    [InlineData("/v1/apps")]
    [InlineData("/v1/apps/{app}")]
    [InlineData("/v1/apps/{app}/devices/d1")]
    [InlineData("/v1/apps/{app}/devices/nobody")]
    [InlineData("/v1/apps/{app}/devices/export")]
    [InlineData("/v1/apps/{app}/providers/webpush")]
    [InlineData("/v1/apps/{app}/events")]
    [InlineData("/v1/apps/no-such-app")]
    [InlineData("/v1/nothing/here")]
    [InlineData("/v1/apps/{app}/events/validate")] // By GET, an event of that id, which there is not.
    [InlineData("/v1/apps/{app}/devices/import/more")]
    public async Task Head_WhereverGetIs_HasItsStatusAndHeadersAndNoBody(string address)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/d1", Samples.ApnsDevice())).Expect(201);
        await ExpectSameAsync(app.Admin, address.Replace("{app}", app.Id, StringComparison.Ordinal));
        fixture.Gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Head_WithoutKey_IsRefusedAsGetIs() => await ExpectSameAsync(fixture.Gateway.Client(null), "/v1/apps");

    [Fact]
    public async Task Head_WhereOnlyPostIs_Is405()
    {
        var app = await fixture.CreateAppAsync();
        var answer = await app.Admin.SendAsync(HttpMethod.Head, $"{app.Path}/events/x/cancel", null);
        answer.Expect(405);
        Assert.Equal("POST", answer.Headers["Allow"]);
    }

    [Fact]
    public async Task Head_ProgressOfAnEventThatGoesOn_EndsAtOnce()
    {
        var app = await fixture.CreateAppAsync();
        var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.ScheduledEvent(TimeProvider.System))).Expect(202);

        // A stream would not end for a day; the client gives up long before.
        var answer = (await app.Read.SendAsync(HttpMethod.Head, $"{published.Headers["Location"]}/progress", null)).Expect(200);

        Assert.Equal("text/event-stream", answer.ContentType);
        Assert.Empty(answer.Body);
        (await app.Publish.PostAsync($"{published.Headers["Location"]}/cancel")).Expect(200);
    }

    private static async Task ExpectSameAsync(ApiClient client, string path)
    {
        var get = await client.GetAsync(path);
        var head = await client.SendAsync(HttpMethod.Head, path, null);
        Assert.Equal(get.Status, head.Status);
        Assert.NotEmpty(get.Body);
        Assert.Empty(head.Body);
        Assert.Equal(Shown(get), Shown(head));

        // The next one on the connection is itself again.
        Assert.NotEmpty((await client.GetAsync(path)).Body);
    }

    private static IEnumerable<string> Shown(Answer answer) =>
        answer.Headers.Where(header => !s_own.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal);
}
