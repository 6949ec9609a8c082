using System.Runtime.InteropServices;

namespace PushGateway.Server.Cli;

/// <summary>
/// SIGXFSZ, which the system sends to who writes past the limit of a file's size (<c>ulimit -f</c>, systemd's <c>LimitFSIZE</c>). It
/// ends a process that does not care for it; the failed write says all there is to say, and the store answers for it as for a full disk.
/// </summary>
internal static class FileSizeSignal
{
    // The same number on Linux, macOS and the BSDs; .NET has no name for it.
    private const PosixSignal SigXfsz = (PosixSignal)25;

    /// <returns>Ignores it until disposed; <see langword="null"/> where there is no such signal.</returns>
    public static PosixSignalRegistration? Ignore() =>
        OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(SigXfsz, static context => context.Cancel = true);
}
