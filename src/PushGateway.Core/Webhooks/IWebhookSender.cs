namespace PushGateway.Core.Webhooks;

/// <summary>The sending to webhooks of this process, as the API sees it.</summary>
public interface IWebhookSender
{
    /// <summary>Sends one signed notice of type <see cref="WebhookNoticeNames.Test"/>, once, past everything that waits. Changes nothing.</summary>
    Task<WebhookTest> TestAsync(Webhook webhook, CancellationToken cancellationToken);

    /// <returns>What is wrong with a webhook at present; <see langword="null"/> when it works, as far as is known.</returns>
    WebhookTrouble? FindTrouble(long webhookKey);

    /// <returns>The last try of this process that failed, also after one that worked; <see langword="null"/> when none has, or another gateway tells it.</returns>
    WebhookFailure? FindLastFailure(long webhookKey);
}

/// <param name="Status">The answer's status; <see langword="null"/> without an answer.</param>
/// <param name="Error">What was wrong, in words; <see langword="null"/> when nothing was.</param>
public sealed record WebhookTest(bool Ok, int? Status, string? Error, TimeSpan Took);

/// <param name="Error">What was wrong with the last try, in words.</param>
/// <param name="NextTryAt">When the next one is made.</param>
public sealed record WebhookTrouble(string Error, DateTimeOffset NextTryAt);

/// <param name="Error">What was wrong, in words.</param>
public sealed record WebhookFailure(string Error, DateTimeOffset At);
