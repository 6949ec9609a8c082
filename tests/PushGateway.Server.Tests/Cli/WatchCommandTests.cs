using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class WatchCommandTests
{
    [Theory]
    [InlineData("completed", ExitCodes.Success)]
    [InlineData("cancelled", ExitCodes.Failure)]
    [InlineData("expired", ExitCodes.Failure)]
    public async Task Watch_UntilTheEnd_SucceedsOnlyWhenTheEventCompleted(string state, int expected)
    {
        await using var gateway = await StubGateway.StartAsync(async context =>
        {
            await WriteAsync(context, "progress", Event("dispatching", accepted: 400, pending: 600));
            await WriteAsync(context, "end", Event(state, accepted: 1000, pending: 0));
        });

        var result = await CommandRun.Against(gateway).RunAsync("watch", "e1", "--app", "a");

        Assert.Equal(expected, result.ExitCode);
        Assert.Contains("Sending: 40 %, dispatching, 400 accepted", result.Output, StringComparison.Ordinal);
        Assert.Contains("600 pending", result.Output, StringComparison.Ordinal);
        Assert.Contains($"Event e1 {state}.", result.Output, StringComparison.Ordinal);
        Assert.Contains("BadDeviceToken 3", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OutputRedirected_HasNoEscapeSequences()
    {
        await using var gateway = await StubGateway.StartAsync(context => WriteAsync(context, "end", Event("completed", 1000, 0)));

        var result = await CommandRun.Against(gateway).RunAsync("watch", "e1", "--app", "a");

        Assert.DoesNotContain('\e', result.Output);
        Assert.Contains("Sending: 100 %", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_StreamBreaksOff_TakesItUpAgain()
    {
        var time = new FakeTimeProvider();
        var calls = 0;
        await using var gateway = await StubGateway.StartAsync(context =>
            ++calls == 1 ? WriteAsync(context, "progress", Event("dispatching", 400, 600)) : WriteAsync(context, "end", Event("completed", 1000, 0)));

        var running = CommandRun.Against(gateway, time: time).RunAsync("watch", "e1", "--app", "a");
        await AdvanceUntilDoneAsync(time, running);

        Assert.Equal(ExitCodes.Success, (await running).ExitCode);
        Assert.Equal(2, gateway.Requests.Count);
    }

    [Fact]
    public async Task Watch_StreamNeverHolds_GivesUp()
    {
        var time = new FakeTimeProvider();
        await using var gateway = await StubGateway.StartAsync(context =>
        {
            context.Response.ContentType = "text/event-stream";
            return Task.CompletedTask;
        });

        var running = CommandRun.Against(gateway, time: time).RunAsync("watch", "e1", "--app", "a");
        await AdvanceUntilDoneAsync(time, running);

        var result = await running;
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("broke off", result.Error, StringComparison.Ordinal);
        Assert.Equal(11, gateway.Requests.Count);
    }

    [Fact]
    public async Task Watch_UnknownEvent_FailsAtOnce()
    {
        await using var gateway = await StubGateway.StartAsync(context =>
            StubGateway.WriteAsync(context, """{"detail":"There is no event e1.","code":"event.notFound"}""", 404, "application/problem+json"));

        var result = await CommandRun.Against(gateway).RunAsync("watch", "e1", "--app", "a");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Equal("error: There is no event e1. [event.notFound]", result.Error.TrimEnd());
        Assert.Single(gateway.Requests);
    }

    /// <summary>Moves the clock whenever the command may be waiting for it; what it waits for besides is real.</summary>
    private static async Task AdvanceUntilDoneAsync(FakeTimeProvider time, Task running)
    {
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }
    }

    private static async Task WriteAsync(HttpContext context, string type, string data)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        await context.Response.WriteAsync($"event: {type}\ndata: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static string Event(string state, long accepted, long pending)
    {
        var counts = $$"""{"targeted":{{accepted + pending}},"accepted":{{accepted}},"pending":{{pending}}}""";
        return $$"""
            {"id":"e1","type":"t","state":"{{state}}","counts":{{counts}},"attempts":1000,"estimatedAudience":1000,"timings":{"createdAt":"2030-01-01T00:00:00Z"},"providers":{"apns":{"reasons":{"BadDeviceToken":3},"counts":{{counts}} } } }
            """;
    }
}
