using PushGateway.Core.Events;

namespace PushGateway.Core.Providers;

/// <summary>One push service: how an event is rendered for it, how a credential becomes something that sends.</summary>
public interface IPushProvider
{
    ProviderKind Kind { get; }

    /// <summary>Renders the one payload that all devices of this provider and this content variant share.</summary>
    /// <param name="credential">The app's; without one, placeholders stand in so that sizes can be judged.</param>
    /// <param name="pushEvent">The event.</param>
    /// <param name="content">The text in the device's language: <see cref="PushEvent.Notification"/> with a localization laid over it.</param>
    /// <returns>Never throws for content: <see cref="RenderedNotification.Problem"/> says what cannot be sent.</returns>
    RenderedNotification Render(ProviderCredential? credential, PushEvent pushEvent, NotificationContent content);

    /// <summary>Makes a sender that keeps its own connections and provider or access token.</summary>
    /// <exception cref="InvalidCredentialException">The credential cannot be used: <see cref="ValidateCredential"/> would have said so.</exception>
    IPushSender CreateSender(ProviderCredential credential);

    /// <summary>Checks form only, offline: key can be read, fields are there, certificates parse.</summary>
    /// <exception cref="InvalidCredentialException">Names the field and the rule.</exception>
    void ValidateCredential(ProviderCredential credential);

    /// <summary>The addresses in a credential that whoever gave it chose, and that <see cref="Outbound.OutboundPolicy"/> has to allow.</summary>
    /// <exception cref="InvalidCredentialException">As <see cref="ValidateCredential"/>.</exception>
    IEnumerable<ChosenAddress> ChosenAddresses(ProviderCredential credential);

    /// <summary>Proves the credential against the provider without notifying any device.</summary>
    Task<CredentialCheck> CheckAsync(ProviderCredential credential, CancellationToken cancellationToken);
}

/// <summary>Sends batches for one app through one provider with one credential. Safe for concurrent use.</summary>
public interface IPushSender : IAsyncDisposable
{
    /// <summary>
    /// Attempts every push of the batch once and writes its result into <see cref="PushBatch.Results"/>.
    /// Completes when each push has a result; provider answers are values, so it throws only for bugs.
    /// </summary>
    /// <param name="batch">The sender owns it until the task completes.</param>
    /// <param name="stop">
    /// When it fires, pushes not yet begun are left <see cref="OutcomeKind.NotAttempted"/> and those under way are awaited,
    /// so that what was accepted is known. The task still completes normally.
    /// </param>
    /// <remarks>
    /// A refused credential is found out with as few pushes as possible: a fresh sender sends one and waits for it, and after a
    /// <see cref="CredentialVerdict.Stop"/> the rest of the batch is left not attempted.
    /// </remarks>
    Task SendAsync(PushBatch batch, CancellationToken stop);
}
