namespace PushGateway.Core.Webhooks;

/// <summary>A webhook's address that is an exchange of the configured broker: <c>rabbitmq:</c> and its name, an id.</summary>
public static class WebhookExchange
{
    public const string Scheme = "rabbitmq";

    private const string Prefix = $"{Scheme}:";

    /// <returns><see langword="null"/> when the text is no exchange's.</returns>
    public static Uri? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal) && Identifier.IsValid(text[Prefix.Length..]) ? new Uri(text) : null;
    }

    /// <summary>Whether the text means an exchange, well or badly.</summary>
    public static bool IsMeantBy(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
    }

    public static string? Of(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.Scheme == Scheme ? url.OriginalString[Prefix.Length..] : null;
    }
}
