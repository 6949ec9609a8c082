using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Server.Cli.Demo;

/// <summary>What this process has used of the machine.</summary>
internal static class ProcessUsage
{
    private const string LinuxStatus = "/proc/self/status";
    private const string LinuxPeakLine = "VmHWM:";

    public static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>The most physical memory held at any time since the start, in bytes.</summary>
    public static long PeakMemoryBytes()
    {
        // Process.PeakWorkingSet64 is not kept by the runtime on Linux; the kernel keeps it.
        if (OperatingSystem.IsLinux() && File.ReadLines(LinuxStatus).FirstOrDefault(line => line.StartsWith(LinuxPeakLine, StringComparison.Ordinal)) is { } line)
        {
            return ParseKilobytes(line) * 1024;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <param name="line">Such as <c>VmHWM:    123456 kB</c>.</param>
    internal static long ParseKilobytes(string line) =>
        long.Parse(line.AsSpan(LinuxPeakLine.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None);
}
