namespace PushGateway.Admin.Words;

/// <summary>What webhooks are told of, in words.</summary>
internal static class NoticeWords
{
    /// <returns>The contract's own name for one that there are no words for.</returns>
    public static string Name(string notice) => notice switch
    {
        "event.completed" => "an event is final",
        "devices.removed" => "devices are removed",
        "provider.stopped" => "a provider is stopped",
        "removals.held" => "removals are held",
        _ => notice,
    };
}
