using Microsoft.Extensions.Logging;

namespace PushGateway.Storage.Engine;

/// <summary>Tells this gateway what others have changed in the store that they share. Silent when nobody shares it.</summary>
/// <remarks>
/// Only a bell: what has changed is read from the store by whoever wants to know. What was rung while this gateway could not hear is told as <see cref="Missed"/>, and then
/// everything may have changed.
/// </remarks>
internal sealed class StoreBell(TimeProvider timeProvider, ILogger<StoreBell> logger)
{
    /// <summary>Another gateway's change is durable. Handlers must be quick; they are called one after another.</summary>
    public event Action<StoreNotice>? Rung;

    /// <summary>Changes may have gone unheard. As <see cref="Rung"/>.</summary>
    public event Action? Missed;

    /// <summary>Who rings: a gateway does not listen to itself.</summary>
    public string Sender { get; } = Guid.CreateVersion7(timeProvider.GetUtcNow()).ToString("N");

    public void Hear(string text)
    {
        var (sender, notices) = StoreNotice.Read(text);
        if (sender == Sender)
        {
            return;
        }

        foreach (var notice in notices)
        {
            Tell(Rung, handler => handler(notice));
        }
    }

    public void Miss() => Tell(Missed, static handler => handler());

    // One that throws is a bug, but not one that may keep the others from hearing.
    private void Tell<THandler>(THandler? handlers, Action<THandler> call)
        where THandler : Delegate
    {
        foreach (var handler in handlers?.GetInvocationList() ?? [])
        {
            try
            {
                call((THandler)handler);
            }
#pragma warning disable CA1031
            catch (Exception problem)
#pragma warning restore CA1031
            {
                StorageLog.NoticeFailed(logger, problem);
            }
        }
    }
}
