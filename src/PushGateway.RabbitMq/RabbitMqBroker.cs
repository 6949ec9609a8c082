using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PushGateway.RabbitMq;

/// <summary>Connects to the broker of the settings. Who connects sees to coming back: nothing recovers by itself, so that nothing is done twice without a word.</summary>
internal sealed class RabbitMqBroker(IOptions<RabbitMqOptions> options)
{
    private const int NotFound = 404;

    private static readonly CreateChannelOptions s_confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    public bool IsConfigured => !string.IsNullOrEmpty(options.Value.Uri);

    /// <param name="purpose">Shown in the broker's list of connections.</param>
    public Task<IConnection> ConnectAsync(string purpose, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var factory = new ConnectionFactory
        {
            Uri = new Uri(settings.Uri!),
            ClientProvidedName = $"pushgateway {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}: {purpose}",
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = settings.Timeout,
            SocketReadTimeout = settings.Timeout,
            SocketWriteTimeout = settings.Timeout,
            HandshakeContinuationTimeout = settings.Timeout,
            ContinuationTimeout = settings.Timeout,
            RequestedHeartbeat = TimeSpan.FromSeconds(15),
        };
        factory.UserName = settings.UserName ?? factory.UserName;
        factory.Password = settings.Password ?? factory.Password;
        return factory.CreateConnectionAsync(cancellationToken);
    }

    /// <summary>A channel whose publishing completes when the broker has confirmed it.</summary>
    public static Task<IChannel> OpenConfirmingAsync(IConnection connection, CancellationToken cancellationToken) => connection.CreateChannelAsync(s_confirming, cancellationToken);

    /// <summary>Has a queue there, durable. One that is there stays as it is, whatever it is like.</summary>
    public static Task EnsureQueueAsync(IConnection connection, string queue, CancellationToken cancellationToken) => EnsureAsync(
        connection,
        channel => channel.QueueDeclarePassiveAsync(queue, cancellationToken),
        channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>The same for an exchange, by topic.</summary>
    public static Task EnsureExchangeAsync(IConnection connection, string exchange, CancellationToken cancellationToken) => EnsureAsync(
        connection,
        channel => channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken),
        channel => channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Whether it is the broker, or the way to it, that failed.</summary>
    public static bool IsBrokers(Exception problem) =>
        problem is RabbitMQClientException or IOException or SocketException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    /// <summary>What was wrong, without the address: it may hold a password.</summary>
    public static string Describe(Exception problem) => problem switch
    {
        OperationInterruptedException { ShutdownReason: { } reason } => reason.ReplyText,
        BrokerUnreachableException { InnerException: { } inner } => inner is AggregateException { InnerExceptions: [var first, ..] } ? Describe(first) : inner.Message,
        OperationCanceledException or TimeoutException => "It did not answer in time.",
        _ => problem.Message,
    };

    private static async Task EnsureAsync(IConnection connection, Func<IChannel, Task> look, Func<IChannel, Task> declare, CancellationToken cancellationToken)
    {
        // What is not there costs the channel that asked.
        await using (var asking = await connection.CreateChannelAsync(cancellationToken: cancellationToken))
        {
            try
            {
                await look(asking);
                return;
            }
            catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == NotFound)
            {
                // Made below.
            }
        }

        await using var making = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await declare(making);
    }
}
