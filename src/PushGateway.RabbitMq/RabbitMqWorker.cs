using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Messaging;

namespace PushGateway.RabbitMq;

/// <summary>Takes events from every queue of the settings, and comes back whenever the broker does.</summary>
internal sealed class RabbitMqWorker(
    RabbitMqBroker broker, IOptions<RabbitMqOptions> options, IMessageIntake intake, RabbitMqMetrics metrics, TimeProvider timeProvider, ILogger<RabbitMqWorker> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(options.Value.Queues.Select(queue => RunAsync(queue, stoppingToken)));

    private async Task RunAsync(RabbitMqQueueOptions queue, CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        metrics.Connected(queue.Queue, false);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var consumer = new RabbitMqQueueConsumer(queue, options.Value, broker, intake, metrics, timeProvider, logger);
                await consumer.RunAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Left in order.
            }
#pragma warning disable CA1031 // Whatever it was, the queue is consumed again: nobody else would.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                RabbitMqLog.Disconnected(logger, queue.Queue, options.Value.RetryDelay.TotalMilliseconds, RabbitMqBroker.Describe(problem));
            }

            metrics.Connected(queue.Queue, false);
            await Task.Delay(options.Value.RetryDelay, timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
