using System.Text;
using Microsoft.Extensions.Logging;
using PushGateway.Core;
using PushGateway.Core.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace PushGateway.RabbitMq;

/// <summary>Takes events from one queue over one connection, until that ends.</summary>
/// <remarks>
/// A message is acknowledged when its event is durable, or when the broker has confirmed it among the dead letters. Whatever breaks in between, the broker gives it out again, and its id tells that
/// the event is known. A message that cannot be taken now is kept and tried again: a quorum queue counts how often one is given back, and at its limit drops it.
/// </remarks>
internal sealed class RabbitMqQueueConsumer(
    RabbitMqQueueOptions queue, RabbitMqOptions options, RabbitMqBroker broker, IMessageIntake intake, RabbitMqMetrics metrics, TimeProvider timeProvider, ILogger logger)
    : IDisposable
{
    private const int MaxConcurrency = 64;
    private const int MaxHeaderLength = 2_000;

    private const string Failed = "internal";

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    /// <summary>The broker ends a channel that keeps a message for half an hour unless it is told otherwise, and <see cref="RabbitMqOptions.RetryDelay"/> may be five minutes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _deadLetterTurn = new(1);
    private int _underWay;

    /// <summary>Runs until the connection ends, or the consuming, which the broker may end too.</summary>
    /// <exception cref="OperationCanceledException">The gateway stops; what was under way has been seen to.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var connection = await broker.ConnectAsync(queue.Queue, stopping);
        await RabbitMqBroker.EnsureQueueAsync(connection, queue.Queue, stopping);
        await RabbitMqBroker.EnsureQueueAsync(connection, queue.DeadLetters, stopping);
        await using var deadLetters = await RabbitMqBroker.OpenConfirmingAsync(connection, stopping);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: (ushort)Math.Min(queue.Prefetch, MaxConcurrency)),
            stopping);
        await channel.BasicQosAsync(0, (ushort)queue.Prefetch, global: false, stopping);
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, reason) => End(reason.ReplyText);
        deadLetters.ChannelShutdownAsync += (_, reason) => End(reason.ReplyText);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => HandleAsync(channel, deadLetters, delivery, End, ended.Task, stopping);
        consumer.UnregisteredAsync += (_, _) => End("The queue is there no more.");
        var tag = await channel.BasicConsumeAsync(queue.Queue, autoAck: false, consumer, stopping);
        metrics.Connected(queue.Queue, true);
        RabbitMqLog.Connected(logger, queue.Queue);
        try
        {
            throw new IOException(await ended.Task.WaitAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && channel.IsOpen)
        {
            await LeaveAsync(channel, tag);
            throw;
        }

        Task End(string reason)
        {
            ended.TrySetResult(reason);
            return Task.CompletedTask;
        }
    }

    public void Dispose() => _deadLetterTurn.Dispose();

    /// <summary>Nothing new is taken; what is under way is finished, for it would be given out again otherwise.</summary>
    private async Task LeaveAsync(IChannel channel, string tag)
    {
        try
        {
            await channel.BasicCancelAsync(tag);
            var since = timeProvider.GetTimestamp();
            while (Volatile.Read(ref _underWay) > 0 && timeProvider.GetElapsedTime(since) < s_farewell)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), timeProvider);
            }
        }
        catch (Exception problem) when (RabbitMqBroker.IsBrokers(problem))
        {
            // It has gone first.
        }
    }

    private async Task HandleAsync(
        IChannel channel, IChannel deadLetters, BasicDeliverEventArgs delivery, Func<string, Task> end, Task ended, CancellationToken stopping)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            var verdict = await JudgeAsync(delivery, ended, stopping);
            switch (verdict.Fate)
            {
                case MessageFate.Taken:
                    await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, CancellationToken.None);
                    metrics.Count(queue.Queue, "taken");
                    break;
                case MessageFate.Refused:
                    await BuryAsync(deadLetters, delivery, verdict);
                    await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, CancellationToken.None);
                    metrics.Count(queue.Queue, "dead");
                    RabbitMqLog.DeadLettered(logger, queue.Queue, queue.DeadLetters, verdict.Code!);
                    break;
                default:
                    // Also where the connection has ended, which gives it back by itself.
                    metrics.Count(queue.Queue, "returned");
                    await channel.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, CancellationToken.None);
                    break;
            }
        }
        catch (Exception problem) when (RabbitMqBroker.IsBrokers(problem))
        {
            // The connection went in between, or the dead letters were not confirmed. With the end of the connection the broker gives the message out again.
            await end(RabbitMqBroker.Describe(problem));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>Tries until the message is taken or refused. It keeps its place among those under way meanwhile, so the broker holds the others back.</summary>
    /// <param name="ended">Completes with the connection.</param>
    /// <returns><see cref="MessageFate.Later"/> when it has to be given back: the gateway stops, the connection has ended, or the broker will not wait much longer.</returns>
    private async Task<MessageVerdict> JudgeAsync(BasicDeliverEventArgs delivery, Task ended, CancellationToken stopping)
    {
        var verdict = await TryJudgeAsync(delivery, stopping);
        if (verdict.Fate != MessageFate.Later)
        {
            return verdict;
        }

        var since = timeProvider.GetTimestamp();
        RabbitMqLog.Held(logger, queue.Queue, verdict.Detail!);
        metrics.Held(queue.Queue, 1);
        try
        {
            while (verdict.Fate == MessageFate.Later)
            {
                await ended.WaitAsync(options.RetryDelay, timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (ended.IsCompleted || stopping.IsCancellationRequested)
                {
                    return verdict;
                }

                if (timeProvider.GetElapsedTime(since) >= s_patience)
                {
                    RabbitMqLog.GivenBack(logger, queue.Queue, verdict.Detail!);
                    return verdict;
                }

                var before = verdict;
                verdict = await TryJudgeAsync(delivery, stopping);
                if (before.Code == Failed && verdict.Code == Failed)
                {
                    return new MessageVerdict(MessageFate.Refused, Failed, "Something went wrong in the gateway, twice. Its log has more.");
                }
            }

            return verdict;
        }
        finally
        {
            metrics.Held(queue.Queue, -1);
        }
    }

    private async Task<MessageVerdict> TryJudgeAsync(BasicDeliverEventArgs delivery, CancellationToken stopping)
    {
        try
        {
            var properties = delivery.BasicProperties;
            Dictionary<string, string> headers = [];
            foreach (var (name, value) in properties.Headers ?? new Dictionary<string, object?>(0))
            {
                if (value is byte[] text)
                {
                    headers[name] = Encoding.UTF8.GetString(text);
                }
            }

            return await intake.TakeAsync(new IncomingMessage(queue.App, properties.MessageId, properties.ContentType, headers, delivery.Body), CancellationToken.None);
        }
        catch (StoreUnavailableException unavailable)
        {
            return new MessageVerdict(MessageFate.Later, Detail: unavailable.Message);
        }
#pragma warning disable CA1031 // Whatever is wrong with one message, the next ones are taken nevertheless.
        catch (Exception problem) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            RabbitMqLog.IntakeFailed(logger, problem, queue.Queue);
            return new MessageVerdict(MessageFate.Later, Failed, problem.Message);
        }
    }

    /// <summary>Puts the message among the dead letters, as it was, with the reason. Completes when the broker has confirmed it.</summary>
    private async Task BuryAsync(IChannel deadLetters, BasicDeliverEventArgs delivery, MessageVerdict verdict)
    {
        var properties = new BasicProperties(delivery.BasicProperties) { Persistent = true };
        properties.Headers = new Dictionary<string, object?>(properties.Headers ?? new Dictionary<string, object?>(0))
        {
            ["pushgateway-queue"] = queue.Queue,
            ["pushgateway-code"] = verdict.Code,
            ["pushgateway-detail"] = Cut(verdict.Detail ?? string.Empty),
        };
        if (verdict.Fields is { Count: > 0 } fields)
        {
            properties.Headers["pushgateway-fields"] = Cut(string.Join('\n', fields));
        }

        // Of the user who sent it: the broker would not take that from another.
        properties.ClearUserId();
        await _deadLetterTurn.WaitAsync();
        try
        {
            await deadLetters.BasicPublishAsync(string.Empty, queue.DeadLetters, mandatory: true, properties, delivery.Body).AsTask().WaitAsync(options.Timeout, timeProvider);
        }
        finally
        {
            _deadLetterTurn.Release();
        }
    }

    private static string Cut(string text) => text.Length <= MaxHeaderLength ? text : text[..MaxHeaderLength];
}
