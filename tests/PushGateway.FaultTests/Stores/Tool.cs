using System.Diagnostics;

namespace PushGateway.FaultTests.Stores;

/// <summary>Programs of the operating system that do to a process or a disk what .NET has no call for.</summary>
internal static class Tool
{
    /// <returns><see langword="false"/> when it failed, or is not there.</returns>
    public static async Task<bool> RunAsync(string program, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
