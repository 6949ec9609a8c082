using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace PushGateway.Server.Tests.Cli;

/// <summary>The executable as a process of its own, as a user starts it. Every wait has a deadline; a process left over is killed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Long, since the machine may be busy with anything; only a failing test waits for it.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _output = new();
    private readonly Task<string> _error;
    private readonly Task _reading;

    private ServerProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    public int Id => _process.Id;

    /// <summary>What it has written to standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static ServerProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(0), arguments);

    /// <param name="environment">Laid over this process's; nothing of a developer's own settings is passed on.</param>
    public static ServerProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "pushgateway.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PUSHGATEWAY", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>What a child sees when its parent dies.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Reads on until a line has the text.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        try
        {
            using var deadline = new CancellationTokenSource(s_deadline);
            await foreach (var line in _lines.Reader.ReadAllAsync(deadline.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No line with '{text}' came. Output:\n{Output}");
        }

        throw new InvalidOperationException($"The process ended without a line with '{text}'. Output:\n{Output}\nError:\n{await _error}");
    }

    /// <param name="signal">Such as <c>INT</c>.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<CommandResult> WaitForExitAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process did not end. Output:\n{Output}");
        }

        await _reading;
        return new CommandResult(_process.ExitCode, Output, await _error);
    }

    /// <summary>Processes it has started that still run.</summary>
    public IReadOnlyList<int> Children() =>
        [.. File.ReadAllText($"/proc/{Id}/task/{Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    /// <summary>Waits until a process this one had started is gone.</summary>
    public static async Task WaitForEndAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            await process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        catch (ArgumentException)
        {
            // Gone already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }

            await _lines.Writer.WriteAsync(line);
        }

        _lines.Writer.Complete();
    }
}
