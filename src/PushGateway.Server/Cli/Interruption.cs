using System.Runtime.InteropServices;

namespace PushGateway.Server.Cli;

/// <summary>Turns the first Ctrl-C, SIGTERM or closed terminal into a cancelled token; the second ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _isChild;
    private PosixSignal? _signal;

    /// <summary>Listens to nothing: for a caller that interrupts by <see cref="Interrupt"/>.</summary>
    public Interruption()
    {
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a command that did not finish because of it.</summary>
    public int ExitCode => _signal == PosixSignal.SIGTERM ? ExitCodes.Terminated : ExitCodes.Interrupted;

    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, interruption.OnSignal));
        }

        return interruption;
    }

    /// <summary>
    /// For a child process: a terminal's Ctrl-C and a service manager's SIGTERM go to the whole group, while the parent still
    /// uses the child to drain. The parent decides when the child ends.
    /// </summary>
    public void LeaveToParent() => _isChild = true;

    public void Interrupt(PosixSignal signal = PosixSignal.SIGINT)
    {
        _signal = signal;
        _source.Cancel();
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_isChild)
        {
            return;
        }

        if (_source.IsCancellationRequested)
        {
            Environment.Exit(ExitCode);
        }

        Interrupt(context.Signal);
    }
}
