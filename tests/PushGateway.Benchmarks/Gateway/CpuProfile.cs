using System.Diagnostics;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>Samples where a process spends its processor time, with Linux <c>perf</c>, and sums the samples by step of the path of a push.</summary>
internal sealed class CpuProfile : IAsyncDisposable
{
    private const int SamplesPerSecond = 997;

    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-perf-");
    private readonly int _processId;
    private readonly Process _perf;

    private CpuProfile(int processId)
    {
        _processId = processId;
        _perf = Start("record", "-q", "-F", $"{SamplesPerSecond}", "-g", "-p", $"{processId}", "-o", DataFile);
    }

    private string DataFile => Path.Combine(_folder.FullName, "perf.data");

    public static bool IsAvailable => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, "perf")));

    /// <summary>Begins to sample.</summary>
    /// <param name="processId">A process that was started with <c>DOTNET_PerfMapEnabled=1</c> and still runs when the result is read.</param>
    public static CpuProfile Start(int processId) => new(processId);

    /// <summary>Ends sampling.</summary>
    /// <returns>The share of each step, the largest first; they add up to 1.</returns>
    public async Task<IReadOnlyList<ProfileStep>> StopAsync(CancellationToken cancellationToken)
    {
        using (Process.Start("kill", ["-INT", $"{_perf.Id}"]))
        {
            await _perf.WaitForExitAsync(cancellationToken).WaitAsync(s_stopLimit, TimeProvider.System, cancellationToken);
        }

        using var script = Start("script", "-i", DataFile, "-F", "comm,ip,sym,dso");
        var samples = new Dictionary<string, long>();
        List<string> frames = [];
        var thread = "";
        while (await script.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                Count();
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                frames.Add(line);
            }
            else
            {
                thread = line.Trim();
            }
        }

        Count();
        await script.WaitForExitAsync(cancellationToken);
        var total = (double)Math.Max(1, samples.Values.Sum());
        return [.. samples.OrderByDescending(pair => pair.Value).Select(pair => new ProfileStep(pair.Key, pair.Value / total))];

        void Count()
        {
            if (frames.Count > 0)
            {
                var step = ProfileSteps.Of(thread, frames);
                samples[step] = samples.GetValueOrDefault(step) + 1;
                frames.Clear();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        using (_perf)
        {
            if (!_perf.HasExited)
            {
                _perf.Kill();
            }
        }

        _folder.Delete(recursive: true);
        // Where the runtime writes the names, and perf looks for them.
        File.Delete($"/tmp/perf-{_processId}.map");
        File.Delete($"/tmp/perfinfo-{_processId}.map");
        return ValueTask.CompletedTask;
    }

    private static Process Start(params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("perf") { RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}

/// <param name="Share">Of the processor time sampled, 0 to 1.</param>
internal sealed record ProfileStep(string Name, double Share);
