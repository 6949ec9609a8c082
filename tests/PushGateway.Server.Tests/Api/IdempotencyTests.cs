using System.Text;

namespace PushGateway.Server.Tests.Api;

public sealed class IdempotencyTests(GatewayFixture fixture)
{
    private const string Header = "Idempotency-Key";

    [Fact]
    public async Task Publish_SameKeySameBody_GivesTheFirstAnswerAgain()
    {
        var app = await fixture.CreateAppAsync();
        var first = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, "k1"))).Expect(202);
        Assert.False(first.Headers.ContainsKey("Idempotent-Replayed"));
        var spaced = Samples.Event().ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
        var second = (await app.Publish.PostTextAsync($"{app.Path}/events", spaced, "application/json", (Header, "k1"))).Expect(202);
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(first.Headers["Location"], second.Headers["Location"]);
        Assert.Single((await app.Read.GetAsync($"{app.Path}/events")).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Publish_SameKeyOtherBody_Is409()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event("a"), (Header, "k1"))).Expect(202);
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event("b"), (Header, "k1"))).ExpectProblem(409, "idempotency.keyReused");
    }

    [Fact]
    public async Task Publish_SameKeyInAnotherApp_IsAnotherKey()
    {
        var one = await fixture.CreateAppAsync();
        var other = await fixture.CreateAppAsync();
        (await one.Publish.PostAsync($"{one.Path}/events", Samples.Event("a"), (Header, "k1"))).Expect(202);
        Assert.False((await other.Publish.PostAsync($"{other.Path}/events", Samples.Event("b"), (Header, "k1"))).Expect(202).Headers.ContainsKey("Idempotent-Replayed"));
    }

    [Fact]
    public async Task Publish_RacingWithOneKey_PublishesOnce()
    {
        var app = await fixture.CreateAppAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, "race"))));
        Assert.All(answers, answer => answer.Expect(202));
        Assert.Single(answers.Select(answer => answer.Text("id")).Distinct());
        Assert.Single(answers, answer => !answer.Headers.ContainsKey("Idempotent-Replayed"));
    }

    [Theory]
    [InlineData("order 42/é", false)]
    [InlineData("order 42/7 #!", true)]
    [InlineData("", false)]
    public async Task Publish_KeyOfOddCharacters_IsTakenWhenVisibleAscii(string key, bool taken)
    {
        var app = await fixture.CreateAppAsync();
        var raw = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(key));
        var answer = await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, raw));
        if (taken)
        {
            answer.Expect(202);
            Assert.Equal("true", (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, raw))).Expect(202).Headers["Idempotent-Replayed"]);
        }
        else
        {
            answer.ExpectProblem(400, "idempotency.invalidKey", Header);
        }
    }

    [Fact]
    public async Task Publish_KeyOfBytesThatAreNoText_IsRefusedWithAReason()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, "caf\u00E9"))).ExpectProblem(400, "idempotency.invalidKey", Header);
    }

    [Fact]
    public async Task Publish_KeyTooLong_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, new string('k', 128)))).Expect(202);
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), (Header, new string('k', 129)))).ExpectProblem(400, "idempotency.invalidKey", Header);
    }
}
