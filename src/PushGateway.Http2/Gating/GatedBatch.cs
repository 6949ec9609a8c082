namespace PushGateway.Http2;

/// <summary>A batch sent through a <see cref="GatedSender"/>: in one pass, or in several when requests have to be repeated. Reusable, by one call at a time.</summary>
public abstract class GatedBatch : PostBatch
{
    private GatedSender? _sender;
    private int _generation;
    private int[] _order = [];
    private State[] _states = [];
    private int _pending;
    private int _windowStart;
    private int _windowLength;
    private PostDecision? _lastDecision;

    private enum State : byte
    {
        NotBegun = 0,
        Begun,
        Done,

        /// <summary>To be sent once more.</summary>
        Again,

        /// <summary>Being sent for the second time.</summary>
        BegunAgain,
    }

    /// <summary>Requests in the whole batch.</summary>
    protected abstract int RequestCount { get; }

    /// <summary>The requests in the current window, which is what the pool sees of the batch.</summary>
    public sealed override int Count => _windowLength;

    public sealed override bool MayBegin => !IsHalted && !IsStale && MayBeginRequest;

    /// <summary>Asked before each request; once <see langword="false"/> it stays so.</summary>
    protected virtual bool MayBeginRequest => true;

    /// <summary>Whether the credential that <see cref="PrepareAsync"/> took has been replaced: what is left goes with the new one, in another pass.</summary>
    protected internal virtual bool IsStale => false;

    internal int Generation => _generation;

    /// <summary>Whether the gate was closed since this pass began: what follows is news of a credential already known to be refused.</summary>
    protected internal bool IsHalted => _sender!.Generation != _generation;

    /// <summary>Whether an answer asked for the same request again.</summary>
    internal bool HasRepeats => _states.AsSpan(0, RequestCount).Contains(State.Again);

    /// <summary>What the last answer meant; <see langword="null"/> when the window had none.</summary>
    internal PostDecision? LastDecision => _lastDecision;

    /// <summary>Makes the credential ready for a pass.</summary>
    /// <returns><see langword="false"/> when there is none: the batch has recorded why and is done with.</returns>
    protected internal abstract ValueTask<bool> PrepareAsync(CancellationToken stop);

    /// <summary>Writes request <paramref name="index"/> of the whole batch.</summary>
    protected abstract void WriteRequest(int index, PostRequest request);

    /// <summary>Records the answer to request <paramref name="index"/>. It stands unless a later pass brings another one.</summary>
    /// <param name="isRepeat">The request is sent for the second time; asking for a third is taken as <see cref="PostDecision.Done"/>.</param>
    protected abstract PostDecision Record(int index, in PostAnswer answer, bool isRepeat);

    /// <summary>Records that request <paramref name="index"/> was not begun because those before it got no answer; it shares their fate.</summary>
    protected abstract void RecordUnreached(int index);

    /// <summary>The requests of this batch not begun yet, for a subclass that records why the whole batch cannot be sent.</summary>
    protected ReadOnlySpan<int> Pending => _order.AsSpan(_windowStart, _pending - _windowStart);

    public sealed override void Write(int index, PostRequest request) => WriteRequest(Begin(_order[_windowStart + index]), request);

    public sealed override void OnAnswer(int index, in PostAnswer answer)
    {
        var request = _order[_windowStart + index];
        var isRepeat = _states[request] == State.BegunAgain;
        var decision = Record(request, answer, isRepeat);
        _states[request] = decision is PostDecision.Again or PostDecision.HaltAndRenew && !isRepeat ? State.Again : State.Done;
        _lastDecision = decision;
        _sender!.OnDecision(this, decision);
    }

    internal void Start(GatedSender sender)
    {
        _sender = sender;
        _pending = 0;
        if (_order.Length < RequestCount)
        {
            _order = new int[RequestCount];
            _states = new State[RequestCount];
        }

        _states.AsSpan(0, RequestCount).Clear();
    }

    /// <summary>Collects what has not been begun and what is to be sent again.</summary>
    /// <returns><see langword="false"/> when nothing is left.</returns>
    internal bool StartPass(int generation)
    {
        _generation = generation;
        _pending = 0;
        _windowStart = 0;
        _windowLength = 0;
        for (var request = 0; request < RequestCount; request++)
        {
            if (_states[request] is State.NotBegun or State.Again)
            {
                _order[_pending++] = request;
            }
        }

        return _pending > 0;
    }

    /// <summary>Opens the window on the next request alone.</summary>
    /// <returns><see langword="false"/> when there is none.</returns>
    internal bool MoveToNext()
    {
        _windowStart += _windowLength;
        _windowLength = Math.Min(1, _pending - _windowStart);
        _lastDecision = null;
        return _windowLength > 0;
    }

    /// <summary>Opens the window on all that is left of the pass.</summary>
    /// <returns><see langword="false"/> when nothing is.</returns>
    internal bool MoveToRest()
    {
        _windowStart += _windowLength;
        _windowLength = _pending - _windowStart;
        return _windowLength > 0;
    }

    internal void RecordRestUnreached()
    {
        for (var position = _windowStart + _windowLength; position < _pending; position++)
        {
            var request = _order[position];
            _states[request] = State.Done;
            RecordUnreached(request);
        }
    }

    private int Begin(int request)
    {
        _states[request] = _states[request] is State.Again or State.BegunAgain ? State.BegunAgain : State.Begun;
        return request;
    }
}
