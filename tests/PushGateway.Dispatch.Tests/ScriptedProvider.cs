using System.Collections.Concurrent;
using System.Text;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>A provider whose answers the test writes, and which counts what it is sent.</summary>
internal sealed class ScriptedProvider(ProviderKind kind) : IPushProvider
{
    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private readonly ConcurrentDictionary<string, int> _accepted = new();
    private readonly ConcurrentDictionary<string, string> _texts = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _expirations = new();
    private readonly ConcurrentBag<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _sent;

    public ProviderKind Kind => kind;

    /// <summary>Answers a token's attempt, the first being 1.</summary>
    public Func<string, int, AttemptResult> Answer { get; set; } = (_, _) => new AttemptResult(OutcomeKind.Accepted);

    /// <summary>Awaited before each answer: a test stops the provider here.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before an event is rendered: a test has it fail here.</summary>
    public Action<PushEvent> Rendering { get; set; } = _ => { };

    public IReadOnlyDictionary<string, int> Attempts => _attempts;

    public IReadOnlyDictionary<string, int> Accepted => _accepted;

    /// <summary>The title each accepted token was sent.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>When each accepted token's notification stops being worth sending, as rendered.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Expirations => _expirations;

    /// <summary>How many pushes each batch had, in the order in which they came.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>How urgent each batch was and when it ended, in the order in which they came.</summary>
    public ConcurrentQueue<(EventPriority Priority, DateTimeOffset Expiration)> Given { get; } = new();

    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Counts each token's attempts anew.</summary>
    public void Forget()
    {
        _attempts.Clear();
        _accepted.Clear();
    }

    /// <summary>Completes when so many attempts have been answered.</summary>
    public Task WhenSentAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Add((count, reached));
        Notify();
        return reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public RenderedNotification Render(ProviderCredential? credential, PushEvent pushEvent, NotificationContent content)
    {
        Rendering(pushEvent);
        return new Rendered(content.Title ?? string.Empty, pushEvent.Expiration);
    }

    public IPushSender CreateSender(ProviderCredential credential) => new Sender(this);

    public void ValidateCredential(ProviderCredential credential)
    {
    }

    public IEnumerable<ChosenAddress> ChosenAddresses(ProviderCredential credential) => [];

    public Task<CredentialCheck> CheckAsync(ProviderCredential credential, CancellationToken cancellationToken) =>
        Task.FromResult(new CredentialCheck(true, "ok", "Scripted."));

    private void Notify()
    {
        foreach (var (count, reached) in _waiters)
        {
            if (Sent >= count)
            {
                reached.TrySetResult();
            }
        }
    }

    private sealed class Rendered(string title, DateTimeOffset expiration) : RenderedNotification
    {
        public DateTimeOffset Expiration => expiration;

        public string Title => title;

        public override int SizeBytes => title.Length;

        public override int LimitBytes => 4096;

        public override RenderedPreview Preview => new(new Dictionary<string, string>(), title);
    }

    private sealed class Sender(ScriptedProvider provider) : IPushSender
    {
        public async Task SendAsync(PushBatch batch, CancellationToken stop)
        {
            provider.Batches.Enqueue(batch.Count);
            provider.Given.Enqueue((batch.Priority, batch.Expiration));
            for (var index = 0; index < batch.Count; index++)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                var token = Encoding.UTF8.GetString(batch.Token(index));
                var attempt = provider._attempts.AddOrUpdate(token, 1, (_, made) => made + 1);
                await provider.Before(token);
                var result = provider.Answer(token, attempt);
                if (result.Outcome == OutcomeKind.Accepted)
                {
                    provider._accepted.AddOrUpdate(token, 1, (_, times) => times + 1);
                    var rendered = (Rendered)batch.Notification(index);
                    (provider._texts[token], provider._expirations[token]) = (rendered.Title, rendered.Expiration);
                }

                batch.SetResult(index, result);
                Interlocked.Increment(ref provider._sent);
                provider.Notify();
                if (result.Credential == CredentialVerdict.Stop)
                {
                    return;
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
