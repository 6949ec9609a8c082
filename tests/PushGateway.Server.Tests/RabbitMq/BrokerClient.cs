using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PushGateway.Server.Tests.RabbitMq;

/// <summary>What stands on the other side of the broker: sends to queues, and looks into them.</summary>
internal sealed class BrokerClient : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private BrokerClient(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public IChannel Channel => _channel;

    public static async Task<BrokerClient> ConnectAsync(RabbitMqServer server)
    {
        var connection = await server.ConnectAsync();
        return new BrokerClient(connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)));
    }

    /// <summary>A durable queue of the given name.</summary>
    public Task DeclareAsync(string queue) => _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);

    /// <summary>Completes when the broker has it on disk.</summary>
    public async Task SendAsync(string queue, string body, string? id, string? contentType = "application/json", Dictionary<string, object?>? headers = null) =>
        await _channel.BasicPublishAsync(
            string.Empty, queue, mandatory: true,
            new BasicProperties { MessageId = id, ContentType = contentType, Persistent = true, Headers = headers }, Encoding.UTF8.GetBytes(body));

    /// <summary>Messages that wait and are given to nobody.</summary>
    public async Task<uint> ReadyAsync(string queue) => (await _channel.QueueDeclarePassiveAsync(queue)).MessageCount;

    public async Task<bool> HasConsumerAsync(string queue)
    {
        try
        {
            return (await _channel.QueueDeclarePassiveAsync(queue)).ConsumerCount == 1;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Takes the next message out of the queue.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public async Task<BasicGetResult?> TakeAsync(string queue) => await _channel.BasicGetAsync(queue, autoAck: true);

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
