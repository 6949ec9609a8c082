using Microsoft.Extensions.Logging;
using Npgsql;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>Hears what other gateways ring, over a connection of its own that does nothing else.</summary>
internal sealed class PostgreSqlListener(PostgreSqlDatabase database, StoreBell bell, TimeProvider timeProvider, ILogger<PostgreSqlListener> logger) : IStoreListener, IDisposable
{
    /// <summary>The name under which all gateways of a database ring.</summary>
    public const string Channel = "pushgateway";

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;
    private bool _isDisposed;

    /// <summary>Listens once this returns.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public void Start() => _loop ??= RunAsync(Open(), _stop.Token);

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    /// <remarks>It is registered under more than one name, and disposed under each.</remarks>
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

    private async Task RunAsync(NpgsqlConnection first, CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var connection = first;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using (connection.ConfigureAwait(false))
                {
                    while (true)
                    {
                        await connection.WaitAsync(stopping).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever ends the connection, another one is opened: without it this gateway would go by what it knew once.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                StorageLog.ListeningFailed(logger, s_retryAfter.TotalSeconds, problem);
            }

            if (await ReopenAsync(stopping).ConfigureAwait(false) is not { } reopened)
            {
                return;
            }

            connection = reopened;
            bell.Miss();
        }
    }

    private async Task<NpgsqlConnection?> ReopenAsync(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(s_retryAfter, timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return null;
            }

            try
            {
                return Open();
            }
#pragma warning disable CA1031
            catch (Exception)
#pragma warning restore CA1031
            {
                // Told when it was lost.
            }
        }
    }

    private NpgsqlConnection Open()
    {
        var connection = database.OpenListening(Channel);
        connection.Notification += (_, notification) => bell.Hear(notification.Payload);
        return connection;
    }
}
