namespace PushGateway.Storage.Engine;

/// <summary>What gateways that share a store tell each other of. The letter is what goes over the wire.</summary>
internal enum StoreTopic : byte
{
    /// <summary>Apps, keys, webhooks, users or holds have changed. Key 0.</summary>
    Catalog = (byte)'c',

    /// <summary>An event was published. Its key; the detail is its shard when it has only one.</summary>
    Event = (byte)'e',

    /// <summary>There is a wish about an event. Its key.</summary>
    Wish = (byte)'w',

    /// <summary>A live message was appended. The app's key; the detail is its sequence and its channel.</summary>
    Live = (byte)'l',

    /// <summary>A webhook has something waiting. Its key.</summary>
    Notice = (byte)'n',

    /// <summary>A webhook was changed or resumed. Its key.</summary>
    Webhook = (byte)'h',

    /// <summary>A subscriber was deleted. The app's key; the detail is the time and the id.</summary>
    Subscriber = (byte)'d',

    /// <summary>Shards or gateways have come or gone. Key 0.</summary>
    Leases = (byte)'s',

    /// <summary>Somebody wants a provider to be tried again. The app's key; the detail is the provider.</summary>
    Provider = (byte)'p',
}
