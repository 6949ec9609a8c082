using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.RabbitMq;

/// <summary>Checks the settings, and names the key of each that is wrong, never its value: it may be a secret.</summary>
internal sealed class RabbitMqOptionsValidator : IValidateOptions<RabbitMqOptions>
{
    private const int MaxQueues = 100;
    private const int MaxNameBytes = 255;

    public ValidateOptionsResult Validate(string? name, RabbitMqOptions options)
    {
        List<string> failures = [];
        if (!string.IsNullOrEmpty(options.Uri) && !(Uri.TryCreate(options.Uri, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0))
        {
            Add("Uri", "must be an address such as amqp://localhost:5672/ or amqps://broker.example/vhost.");
        }

        if (string.IsNullOrEmpty(options.Uri) && options.Queues.Length > 0)
        {
            Add("Uri", "must be given when there are queues.");
        }

        if (options.Timeout < TimeSpan.FromSeconds(1) || options.Timeout > TimeSpan.FromMinutes(5))
        {
            Add("Timeout", "must be from 00:00:01 to 00:05:00.");
        }

        if (options.RetryDelay < TimeSpan.FromMilliseconds(100) || options.RetryDelay > TimeSpan.FromMinutes(5))
        {
            Add("RetryDelay", "must be from 00:00:00.100 to 00:05:00.");
        }

        if (options.Queues.Length > MaxQueues)
        {
            Add("Queues", $"must be {MaxQueues} at most.");
        }

        for (var index = 0; index < options.Queues.Length; index++)
        {
            CheckQueue($"Queues:{index}", options.Queues[index]);
        }

        if (options.Queues.Select(queue => queue.Queue).Distinct(StringComparer.Ordinal).Count() < options.Queues.Length)
        {
            Add("Queues", "must be different queues: one is named twice.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Add(string key, string rule) => failures.Add($"{RabbitMqOptions.SectionName}:{key} {rule}");

        void CheckQueue(string key, RabbitMqQueueOptions queue)
        {
            if (!IsName(queue.Queue))
            {
                Add($"{key}:Queue", $"must be the name of a queue, 1 to {MaxNameBytes} bytes that do not begin with amq.");
            }

            if (!Identifier.IsValid(queue.App))
            {
                Add($"{key}:App", $"must be an app's id, {Identifier.Rule}.");
            }

            if (!IsName(queue.DeadLetters) || queue.DeadLetters == queue.Queue)
            {
                Add($"{key}:DeadLetterQueue", $"must be the name of another queue, 1 to {MaxNameBytes} bytes that do not begin with amq.");
            }

            if (queue.Prefetch is < 1 or > 10_000)
            {
                Add($"{key}:Prefetch", "must be from 1 to 10,000.");
            }
        }
    }

    private static bool IsName(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes && !name.StartsWith("amq.", StringComparison.Ordinal);
}
