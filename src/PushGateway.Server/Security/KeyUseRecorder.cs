using PushGateway.Core;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>Writes when keys were last used: once a minute and at the end, never on a request's way.</summary>
internal sealed class KeyUseRecorder(IApiKeyStore keys, TimeProvider timeProvider) : BackgroundService
{
    /// <summary>So much a crash may lose.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryRecordAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary way to stop.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryRecordAsync(cancellationToken);
    }

    private async Task TryRecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keys.RecordUsesAsync(cancellationToken);
        }
        catch (PushGatewayException)
        {
            // The next one writes it. That the store takes no changes is told by those who need it more.
        }
    }
}
