using System.Diagnostics;

namespace PushGateway.Benchmarks.Processes;

/// <summary>Signals that .NET cannot send.</summary>
internal static class ProcessSignal
{
    /// <param name="signal">As the command <c>kill</c> takes it.</param>
    public static async Task SendAsync(string signal, int processId, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [signal, $"{processId}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }
}
