namespace PushGateway.Simulator.Tests;

public sealed class FaultRuleTests
{
    private static readonly FaultAction s_unavailable = new() { Answer = ApnsAnswers.ServiceUnavailable };

    [Theory]
    [InlineData("aa", null, null, "AA01", true)]
    [InlineData("aa", null, null, "ab01", false)]
    [InlineData(null, "ff", null, "01FF", true)]
    [InlineData(null, "ff", null, "01fe", false)]
    [InlineData(null, null, "^(00|11)", "1100", true)]
    [InlineData(null, null, "^(00|11)", "2200", false)]
    [InlineData("aa", "ff", null, "aa00", false)]
    public async Task Rule_TokenConditions_MustAllHold(string? prefix, string? suffix, string? pattern, string token, bool fires)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { TokenPrefix = prefix, TokenSuffix = suffix, TokenPattern = pattern, Action = s_unavailable });

        Assert.Equal(fires ? 503 : 200, (await fixture.Apns.PushAsync(token)).Code);
    }

    [Fact]
    public async Task Rule_FirstAttemptsPerToken_CountsEachTokenAlone()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { FirstAttemptsPerToken = 2, Action = s_unavailable });

        int[] answers = [await CodeAsync(fixture, "01"), await CodeAsync(fixture, "02"), await CodeAsync(fixture, "01"), await CodeAsync(fixture, "01"), await CodeAsync(fixture, "02"), await CodeAsync(fixture, "02")];

        Assert.Equal([503, 503, 503, 200, 503, 200], answers);
    }

    [Fact]
    public async Task Rule_EveryNthAndTimes_AreExact()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { EveryNth = 3, Times = 2, Action = s_unavailable });

        var answers = new List<int>();
        for (var push = 0; push < 10; push++)
        {
            answers.Add(await CodeAsync(fixture));
        }

        Assert.Equal([200, 200, 503, 200, 200, 503, 200, 200, 200, 200], answers);
    }

    [Fact]
    public async Task Rule_Probability_RepeatsWithItsSeed()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        async Task<List<int>> RunAsync(int seed)
        {
            fixture.Control.AddRule(new FaultRule { Id = "only", Probability = 0.5, Seed = seed, Action = s_unavailable });
            var answers = new List<int>();
            for (var push = 0; push < 40; push++)
            {
                answers.Add(await CodeAsync(fixture));
            }

            return answers;
        }

        var first = await RunAsync(1);
        Assert.Equal(first, await RunAsync(1));
        Assert.NotEqual(first, await RunAsync(2));
        Assert.InRange(first.Count(code => code == 503), 8, 32);
    }

    [Fact]
    public async Task Rule_TimeWindow_OpensAndCloses()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var now = fixture.Clock.GetUtcNow();
        fixture.Control.AddRule(new FaultRule { From = now.AddMinutes(1), Until = now.AddMinutes(2), Action = s_unavailable });

        Assert.Equal(200, await CodeAsync(fixture));
        fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(503, await CodeAsync(fixture));
        fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, await CodeAsync(fixture));
    }

    [Fact]
    public async Task Rule_OfOneProvider_LeavesTheOtherAlone()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Provider = SimulatedProvider.Fcm, Action = new FaultAction { Answer = FcmAnswers.Internal } });

        Assert.Equal(200, await CodeAsync(fixture));
        Assert.Equal(500, (await fixture.Fcm.PushAsync()).Code);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(2)]
    public async Task Rule_ResetStream_SendsTheCode(int code)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { TokenPrefix = "aa", Action = new FaultAction { ResetCode = code } });

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => fixture.Apns.PushAsync("aa"));

        // HttpClient sends a refused stream again by itself, and reports that it gave up; other codes it reports as they are.
        Assert.True(code == 7 || error.InnerException is HttpProtocolException { ErrorCode: 2 }, error.ToString());
        Assert.Equal(200, await CodeAsync(fixture));
        Assert.True(fixture.Control.Counters().Apns.ByReason["(reset)"] >= 1);
    }

    [Fact]
    public async Task Rule_AbortConnection_CutsItOff()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Times = 1, Action = new FaultAction { AbortConnection = true, CountAsAccepted = true } });

        await Assert.ThrowsAsync<HttpRequestException>(() => fixture.Apns.PushAsync());

        Assert.Equal(200, await CodeAsync(fixture));
        Assert.Equal(2, fixture.Control.TimesAccepted(SimulatedProvider.Apns, ApnsTestClient.Token));
        Assert.Equal(2, fixture.Control.Counters().Apns.ConnectionsOpened);
    }

    [Fact]
    public async Task Rule_NeverAnswer_LeavesTheClientWaiting()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { TokenPrefix = "aa", Action = new FaultAction { NeverAnswer = true } });

        var stuck = fixture.Apns.PushAsync("aa");
        Assert.Equal(200, await CodeAsync(fixture));
        Assert.False(stuck.IsCompleted);

        await fixture.Simulator.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stuck);
    }

    [Fact]
    public async Task Rule_Delay_WaitsOnTheClock()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { TokenPrefix = "aa", Action = new FaultAction { DelayMilliseconds = 1000, Answer = ApnsAnswers.Shutdown } });

        var late = fixture.Apns.PushAsync("aa");
        Assert.Equal(200, await CodeAsync(fixture));
        await fixture.Clock.TimersAsync(1);
        Assert.False(late.IsCompleted);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("Shutdown", (await late).Reason);
    }

    [Fact]
    public async Task CloseConnections_Gracefully_FinishesTheStreamAndOpensAnotherConnection()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Times = 1, Action = new FaultAction { CloseConnection = true } });

        Assert.Equal(200, await CodeAsync(fixture));
        Assert.Equal(200, await CodeAsync(fixture));
        Assert.Equal(200, await CodeAsync(fixture));

        Assert.Equal(2, fixture.Control.Counters().Apns.ConnectionsOpened);
    }

    [Fact]
    public async Task OneStreamAtTheStart_RefusesTheSecondUntilOneIsAccepted()
    {
        await using var fixture = await SimulatorFixture.StartAsync(new SimulatorOptions { ApnsStartsWithOneStream = true });
        fixture.Control.AddRule(new FaultRule { TokenPrefix = "aa", Action = new FaultAction { NeverAnswer = true } });
        var stuck = fixture.Apns.PushAsync("aa");
        while (fixture.Control.Counters().Apns.Requests == 0)
        {
            await Task.Yield();
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => fixture.Apns.PushAsync());
        Assert.True(fixture.Control.Counters().Apns.ByReason["(stream refused)"] >= 1);

        using var other = fixture.Apns.Another();
        Assert.Equal(200, (await other.PushAsync()).Code);
        var second = other.PushAsync("aa");
        Assert.Equal(200, (await other.PushAsync()).Code);
        await fixture.Simulator.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stuck);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => second);
    }

    [Fact]
    public async Task Quotas_PerProjectAndPerToken_StartAnewEachMinute()
    {
        await using var fixture = await SimulatorFixture.StartAsync(new SimulatorOptions { Quotas = new SimulatorQuotas { FcmMessagesPerMinute = 3, MessagesPerTokenPerMinute = 2 } });

        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        var token = await fixture.Fcm.PushAsync("a");
        var project = await fixture.Fcm.PushAsync("b");
        Assert.Contains("QUOTA_EXCEEDED", token.Body, StringComparison.Ordinal);
        Assert.Equal(429, project.Code);
        Assert.Contains("SendsPerMinutePerProject", project.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("FcmError", project.Body, StringComparison.Ordinal);
        int[] apns = [await CodeAsync(fixture), await CodeAsync(fixture), await CodeAsync(fixture), await CodeAsync(fixture, "01")];
        Assert.Equal([200, 200, 429, 200], apns);

        fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        Assert.Equal(200, await CodeAsync(fixture));
    }

    [Fact]
    public async Task Quotas_SlidingWindow_HoldsInEveryMinuteThereIs()
    {
        await using var fixture = await SimulatorFixture.StartAsync(
            new SimulatorOptions { Quotas = new SimulatorQuotas { FcmMessagesPerMinute = 2, FcmWindowSlides = true } });

        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        fixture.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        Assert.Equal(429, (await fixture.Fcm.PushAsync("a")).Code);

        // A window that begins with the first message would be over; one that begins with the second has room for one.
        fixture.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (await fixture.Fcm.PushAsync("a")).Code);
        Assert.Equal(429, (await fixture.Fcm.PushAsync("a")).Code);
    }

    [Fact]
    public async Task AddRule_ThatCannotWork_IsRefused()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Throws<ArgumentException>(() => fixture.Control.AddRule(new FaultRule { Provider = SimulatedProvider.Apns, Action = new FaultAction { Answer = "UNREGISTERED" } }));
        Assert.ThrowsAny<ArgumentException>(() => fixture.Control.AddRule(new FaultRule { TokenPattern = "(", Action = s_unavailable }));
        Assert.Throws<ArgumentException>(() => fixture.Control.AddRule(new FaultRule { Probability = 2, Action = s_unavailable }));
        Assert.Throws<ArgumentException>(() => fixture.Control.AddRule(new FaultRule { Action = new FaultAction { Status = 100 } }));
        Assert.Empty(fixture.Control.Rules);
    }

    private static async Task<int> CodeAsync(SimulatorFixture fixture, string token = ApnsTestClient.Token) => (await fixture.Apns.PushAsync(token)).Code;
}
