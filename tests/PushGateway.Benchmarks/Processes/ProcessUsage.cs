using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Benchmarks.Processes;

/// <summary>What processes have used of the machine, as the Linux kernel counts it.</summary>
internal static class ProcessUsage
{
    // USER_HZ: the unit of /proc/*/stat on every Linux architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of another process that still runs; the kernel counts in steps of 10 ms.</summary>
    public static TimeSpan ProcessorTime(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    /// <summary>User and system time of all children that have ended and been waited for, in steps of 10 ms.</summary>
    public static TimeSpan EndedChildrenProcessorTime()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        // The fields behind the name, which is in parentheses and may hold spaces: proc(5) counts cutime as 16 and cstime as 17.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[13]) + long.Parse(fields[14])) / TicksPerSecond);
    }

    /// <summary>The most physical memory the process held since its start or the last <see cref="TryResetPeakMemory"/>, in bytes.</summary>
    public static long PeakMemoryBytes(Process process) => MemoryBytes(process, "VmHWM:");

    /// <summary>The physical memory the process holds, in bytes.</summary>
    public static long ResidentBytes(Process process) => MemoryBytes(process, "VmRSS:");

    private static long MemoryBytes(Process process, string name)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None) * 1024;
    }

    /// <returns><see langword="false"/> when the kernel does not allow it; then the peak is that since the start.</returns>
    public static bool TryResetPeakMemory(Process process)
    {
        try
        {
            // 5 resets the peak of the resident set; see proc(5), clear_refs.
            File.WriteAllText($"/proc/{process.Id}/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
