namespace PushGateway.Storage.Retention;

/// <summary>Work on the store that comes again and again, beside what callers wait for.</summary>
internal abstract class StoreSweep(TimeProvider timeProvider) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;
    private bool _isDisposed;

    public void Start() => _loop ??= RunAsync(_stop.Token);

    /// <summary>Ends it. What is left is found by the next start.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    /// <summary>May be called twice: by whatever name a container has it.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <returns>How long to wait for the next sweep.</returns>
    protected abstract Task<TimeSpan> SweepAsync(CancellationToken cancellationToken);

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                await Task.Delay(await SweepAsync(stopping).ConfigureAwait(false), timeProvider, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nothing is remembered between the steps.
        }
    }
}
