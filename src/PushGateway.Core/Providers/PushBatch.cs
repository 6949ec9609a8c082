using PushGateway.Core.Events;
using PushGateway.Core.FanOut;

namespace PushGateway.Core.Providers;

/// <summary>The pushes of one audience page that go to one provider: what a sender is given at a time.</summary>
/// <remarks>Reused from page to page; it refers to rows of the page instead of copying them. Not safe for concurrent use.</remarks>
/// <param name="timeProvider">Tells when the first notification was accepted.</param>
public sealed class PushBatch(TimeProvider timeProvider)
{
    private int[] _rows = [];
    private AttemptResult[] _results = [];
    private AudiencePage? _page;
    private IReadOnlyList<RenderedNotification> _variants = [];
    private long _firstAcceptedTicks;
    private int _failuresInARow;
    private int _failureLimit;
    private Action? _onFailing;

    public int Count { get; private set; }

    /// <summary>How urgent its event is: the sender lets more of a higher one pass first.</summary>
    public EventPriority Priority { get; set; } = EventPriority.Normal;

    /// <summary>When the notification stops being worth sending; no attempt begins after it.</summary>
    public DateTimeOffset Expiration { get; private set; }

    /// <summary>One result per push, written by the sender through <see cref="SetResult"/>.</summary>
    public ReadOnlySpan<AttemptResult> Results => _results.AsSpan(0, Count);

    /// <summary>When the first push of the batch was accepted; <see langword="null"/> when none has been.</summary>
    public DateTimeOffset? FirstAcceptedAt =>
        Interlocked.Read(ref _firstAcceptedTicks) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <param name="page">Where the rows and tokens are; must stay unchanged until the batch is done.</param>
    /// <param name="variants">The rendered notifications, by <see cref="AudienceRow.Variant"/>.</param>
    public void Reset(AudiencePage page, IReadOnlyList<RenderedNotification> variants, DateTimeOffset expiration)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(variants);
        (_page, _variants, Expiration, Count, _firstAcceptedTicks) = (page, variants, expiration, 0, 0);
        (_failuresInARow, _failureLimit, _onFailing, IsFailing) = (0, int.MaxValue, null, false);
    }

    /// <summary>As many failures in a row as <see cref="Watch"/> named have been met.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>Has a batch that is getting nowhere noticed before its end. Until the next <see cref="Reset"/>.</summary>
    /// <param name="limit">Temporary failures in a row, without any other result between them, 1 or more; those about their device or their connection alone do not count.</param>
    /// <param name="onFailing">Called when they are reached, and for the first failure that is about everybody and names a wait; from the sender's thread, so it must be quick.</param>
    public void Watch(int limit, Action onFailing) => (_failureLimit, _onFailing) = (limit, onFailing);

    /// <param name="row">Index of a row of the page.</param>
    public void Add(int row)
    {
        if (Count == _rows.Length)
        {
            var capacity = Math.Max(64, Count * 2);
            Array.Resize(ref _rows, capacity);
            Array.Resize(ref _results, capacity);
        }

        _rows[Count] = row;
        _results[Count] = default;
        Count++;
    }

    /// <summary>The index in the page of push <paramref name="index"/>.</summary>
    public int RowIndex(int index) => _rows[index];

    public ref readonly AudienceRow Row(int index) => ref Page[_rows[index]];

    /// <summary>The device token of push <paramref name="index"/>, UTF-8.</summary>
    public ReadOnlySpan<byte> Token(int index) => Page.Token(_rows[index]);

    public RenderedNotification Notification(int index) => _variants[Row(index).Variant];

    /// <summary>Records the result of push <paramref name="index"/>; different indexes may be set from different threads.</summary>
    public void SetResult(int index, in AttemptResult result)
    {
        _results[index] = result;
        if (result.Outcome == OutcomeKind.Accepted && Interlocked.Read(ref _firstAcceptedTicks) == 0)
        {
            Interlocked.CompareExchange(ref _firstAcceptedTicks, timeProvider.GetUtcNow().UtcTicks, 0);
        }

        if (result.IsFailure)
        {
            NoteFailure(result);
        }
        else if (_failuresInARow != 0 && result.Scope != OutcomeScope.Connection)
        {
            _failuresInARow = 0;
        }
    }

    private void NoteFailure(in AttemptResult result)
    {
        var reached = Interlocked.Increment(ref _failuresInARow) == _failureLimit;
        IsFailing |= reached;
        if (reached || result is { Scope: OutcomeScope.Everybody, RetryAfter: not null })
        {
            _onFailing?.Invoke();
        }
    }

    private AudiencePage Page => _page ?? throw new InvalidOperationException("The batch has not been given a page.");
}
