namespace PushGateway.RabbitMq;

/// <summary>The broker that events come from and notices go to. Section <c>PushGateway:RabbitMq</c>.</summary>
public sealed class RabbitMqOptions
{
    public const string SectionName = "PushGateway:RabbitMq";

    /// <summary>
    /// <c>amqp://host:5672/vhost</c>, or <c>amqps:</c> with TLS and the broker's certificate verified; a user and a password may stand in it, as <c>user:password@</c>. Default none: no broker is
    /// connected to. Secret.
    /// </summary>
    public string? Uri { get; set; }

    /// <summary>In place of the one in the address.</summary>
    public string? UserName { get; set; }

    /// <summary>In place of the one in the address. Secret.</summary>
    public string? Password { get; set; }

    /// <summary>Queues that events are taken from, 0 to 100. Default none.</summary>
    public RabbitMqQueueOptions[] Queues { get; set; } = [];

    /// <summary>How long the broker has to connect, and to confirm what it was given, 1 second to 5 minutes. Default 15 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long to wait before connecting again, and before a message is tried again that cannot be taken now, 100 milliseconds to 5 minutes. Default 2 seconds.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>A queue that events are taken from.</summary>
public sealed class RabbitMqQueueOptions
{
    /// <summary>Its name, 1 to 255 bytes. Made, durable, when there is none.</summary>
    public string Queue { get; set; } = string.Empty;

    /// <summary>The app whose events they are. Whoever may write to the queue may publish for it: that is for the broker's permissions to say.</summary>
    public string App { get; set; } = string.Empty;

    /// <summary>Where messages go that can be no event, with the reason in their headers. Made, durable, when there is none. Default the queue's name and <c>.dead</c>.</summary>
    public string? DeadLetterQueue { get; set; }

    /// <summary>Messages under way at the same time, 1 to 10,000: the broker holds the others back. With 1 they are taken strictly in order. Default 100.</summary>
    public int Prefetch { get; set; } = 100;

    internal string DeadLetters => string.IsNullOrEmpty(DeadLetterQueue) ? $"{Queue}.dead" : DeadLetterQueue;
}
