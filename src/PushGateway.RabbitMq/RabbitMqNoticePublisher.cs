using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PushGateway.RabbitMq;

/// <summary>Publishes notices over one connection, kept while it lasts. Whoever calls tries again: it has the notices in the store.</summary>
internal sealed class RabbitMqNoticePublisher(
    RabbitMqBroker broker, IOptions<RabbitMqOptions> options, RabbitMqMetrics metrics, ILogger<RabbitMqNoticePublisher> logger) : INoticePublisher, IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<string> _exchanges = [];
    private IConnection? _connection;
    private IChannel? _channel;

    public bool IsConfigured => broker.IsConfigured;

    public async Task<PublishedNotices> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notices);
        if (!IsConfigured)
        {
            return new PublishedNotices([], $"No RabbitMQ is configured ({RabbitMqOptions.SectionName}:{nameof(RabbitMqOptions.Uri)}).");
        }

        await _turn.WaitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.Timeout);
        Task[] sending = [];
        try
        {
            var channel = await OpenAsync(exchange, limit.Token);
            sending = [.. notices.Select(notice => SendAsync(channel, exchange, notice, limit.Token))];
            await Task.WhenAll(sending);
            return Published(null);
        }
        catch (PublishReturnException returned)
        {
            return Published($"No queue is bound to exchange {exchange} for {returned.RoutingKey}.");
        }
        catch (Exception problem) when (RabbitMqBroker.IsBrokers(problem) && !cancellationToken.IsCancellationRequested)
        {
            // Whoever called logs it.
            await CloseAsync();
            return Published($"RabbitMQ: {RabbitMqBroker.Describe(problem)}");
        }
        finally
        {
            _turn.Release();
        }

        // Those that were confirmed are, whatever became of the others.
        PublishedNotices Published(string? error)
        {
            int[] confirmed = [.. Enumerable.Range(0, sending.Length).Where(place => sending[place].IsCompletedSuccessfully)];
            metrics.Published(confirmed.Length);
            return new PublishedNotices(confirmed, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }

    private async Task<IChannel> OpenAsync(string exchange, CancellationToken cancellationToken)
    {
        if (_channel is not { IsOpen: true } channel)
        {
            await CloseAsync();
            _connection = await broker.ConnectAsync(RabbitMqMetrics.Publishing, cancellationToken);
            _channel = channel = await RabbitMqBroker.OpenConfirmingAsync(_connection, cancellationToken);
            metrics.Connected(RabbitMqMetrics.Publishing, true);
            RabbitMqLog.Connected(logger, RabbitMqMetrics.Publishing);
        }

        if (_exchanges.Add(exchange))
        {
            await RabbitMqBroker.EnsureExchangeAsync(_connection!, exchange, cancellationToken);
        }

        return channel;
    }

    private static async Task SendAsync(IChannel channel, string exchange, BrokerNotice notice, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties
        {
            MessageId = notice.Id,
            Type = notice.Type,
            ContentType = "application/json",
            Persistent = true,
            Timestamp = new AmqpTimestamp(notice.At.ToUnixTimeSeconds()),
        };
        // Mandatory: what no queue would get comes back, instead of being lost.
        await channel.BasicPublishAsync(exchange, notice.RoutingKey, mandatory: true, properties, notice.Body, cancellationToken);
    }

    private async Task CloseAsync()
    {
        var (channel, connection) = (_channel, _connection);
        (_channel, _connection) = (null, null);
        _exchanges.Clear();
        if (connection is null)
        {
            return;
        }

        metrics.Connected(RabbitMqMetrics.Publishing, false);
        try
        {
            if (channel is not null)
            {
                await channel.DisposeAsync();
            }

            await connection.DisposeAsync();
        }
        catch (Exception problem) when (RabbitMqBroker.IsBrokers(problem))
        {
            // It has gone already.
        }
    }
}
