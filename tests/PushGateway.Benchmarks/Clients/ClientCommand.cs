using System.CommandLine;
using System.Diagnostics;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks.Clients;

/// <summary>The child process of a client: takes a <see cref="ClientJob"/>, warms up, says so, and with the next line does the measured part.</summary>
internal static class ClientCommand
{
    public const string Name = "client";
    public const string Ready = "ready";
    public const string Go = "go";

    public static Command Create()
    {
        var command = new Command(Name, "The client's own process.") { Hidden = true };
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await Console.In.ReadLineAsync(cancellationToken) is not { } line)
        {
            return;
        }

        var job = BenchmarkJson.Read<ClientJob>(line);
        var traffic = new WireTraffic(job.BodyBytes, job.IsAuthorizationLiteral);
        await using IWireClient client = job.BaselineHandlers > 0 ? new SocketsHttpBaseline(job, traffic) : new PostPoolClient(job, traffic);
        await client.SendAsync(job.WarmUp, cancellationToken);
        await Console.Out.WriteLineAsync(Ready);
        while (await Console.In.ReadLineAsync(cancellationToken) is Go)
        {
            await Console.Out.WriteLineAsync(BenchmarkJson.Write(await MeasureAsync(client, job.Requests, cancellationToken)));
        }
    }

    private static async Task<ClientResult> MeasureAsync(IWireClient client, long requests, CancellationToken cancellationToken)
    {
        // What the warm-up left behind is not the measured part's to collect.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var failures = await client.SendAsync(requests, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        return new ClientResult
        {
            Requests = requests,
            Failures = failures,
            Seconds = elapsed.TotalSeconds,
            CpuSeconds = cpu.TotalSeconds,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true) - allocated,
        };
    }
}
