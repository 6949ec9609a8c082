using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PushGateway.Benchmarks.Processes;

namespace PushGateway.Benchmarks.Clients;

/// <summary>nghttp2's <c>h2load</c>: the C client to compare with, and what the sink itself is checked with. Debian package <c>nghttp2-client</c>.</summary>
internal sealed partial class H2Load : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-h2load-");
    private readonly string _program;
    private readonly string[] _arguments;

    private H2Load(string program, WireTraffic traffic)
    {
        _program = program;
        var paths = Path.Combine(_folder.FullName, "paths");
        File.WriteAllLines(paths, Enumerable.Range(0, WireTraffic.Tokens).Select(token => WireTraffic.PathPrefix + Encoding.ASCII.GetString(traffic.Token(token))));
        var body = Path.Combine(_folder.FullName, "body");
        File.WriteAllBytes(body, traffic.Body);
        _arguments = ["-t", "1", "-i", paths, "-d", body, .. traffic.Headers.Headers.SelectMany(header => new[] { "-H", $"{header.Name}: {header.Value}" })];
    }

    /// <returns><see langword="null"/> when it is not installed.</returns>
    public static H2Load? Find(WireTraffic traffic)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var program = folders.Select(folder => Path.Combine(folder, "h2load")).FirstOrDefault(File.Exists);
        return program is null ? null : new H2Load(program, traffic);
    }

    /// <summary>One run in a process of its own. Its processor time is that of the whole process, start and handshakes included: it cannot be asked to warm up.</summary>
    /// <exception cref="BenchmarkException">It failed, or a request did.</exception>
    public async Task<ClientResult> RunAsync(Uri endpoint, int connections, int streams, long requests, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardOutput = true };
        foreach (var argument in new[] { "-n", $"{requests}", "-c", $"{connections}", "-m", $"{streams}", "-B", endpoint.GetLeftPart(UriPartial.Authority) }.Concat(_arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var cpu = ProcessUsage.EndedChildrenProcessorTime();
        using var process = Process.Start(start)!;
        string output;
        try
        {
            output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        cpu = ProcessUsage.EndedChildrenProcessorTime() - cpu;
        var finished = Finished().Match(output);
        var succeeded = Succeeded().Match(output);
        if (!finished.Success || !succeeded.Success || long.Parse(succeeded.Groups[1].Value) != requests)
        {
            throw new BenchmarkException($"h2load did not succeed:\n{output}");
        }

        return new ClientResult
        {
            Requests = requests,
            Seconds = requests / double.Parse(finished.Groups[1].Value, CultureInfo.InvariantCulture),
            CpuSeconds = cpu.TotalSeconds,
        };
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex(@"^finished in [^,]+, ([0-9.]+) req/s", RegexOptions.Multiline)]
    private static partial Regex Finished();

    [GeneratedRegex(@"^status codes: ([0-9]+) 2xx", RegexOptions.Multiline)]
    private static partial Regex Succeeded();
}
