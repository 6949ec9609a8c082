namespace PushGateway.Storage.Engine;

/// <summary>What the writer hands out numbers for. The names are stored.</summary>
internal enum KeySequence
{
    App,
    Channel,
    Subscriber,
    Device,
    Event,
    Removal,
    Webhook,
    Notice,
    Feedback,
    Node,
}
