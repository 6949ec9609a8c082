using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace PushGateway.Storage.Engine;

/// <summary>The changes that wait for the writer: those that somebody waits for before those that may wait. Bounded, each kind by itself.</summary>
internal sealed class WriteQueue
{
    /// <summary>After so many of the first kind in a row one of the second is next, so that those get on too.</summary>
    private const int MaxInARow = 8;

    private readonly Channel<WriteOperation> _prompt;
    private readonly Channel<WriteOperation> _patient;

    // Written after a change, or the end: whoever found nothing and then waits for this misses neither.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private volatile bool _isComplete;
    private int _inARow;

    /// <param name="capacity">Of each kind; further callers wait.</param>
    public WriteQueue(int capacity)
    {
        _prompt = Channel.CreateBounded<WriteOperation>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _patient = Channel.CreateBounded<WriteOperation>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <exception cref="ChannelClosedException">The queue takes no more.</exception>
    public async ValueTask WriteAsync(WriteOperation operation, bool mayWait, CancellationToken cancellationToken)
    {
        await (mayWait ? _patient : _prompt).Writer.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes no more; what waits can still be read.</summary>
    public void Complete()
    {
        _prompt.Writer.TryComplete();
        _patient.Writer.TryComplete();
        _isComplete = true;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Blocks until there is something to read.</summary>
    /// <returns><see langword="false"/> when there will never be any more.</returns>
    public bool WaitToRead()
    {
        while (true)
        {
            var isComplete = _isComplete;
            if (_prompt.Reader.Count > 0 || _patient.Reader.Count > 0)
            {
                return true;
            }

            if (isComplete)
            {
                return false;
            }

            _signal.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();
            _signal.Reader.TryRead(out _);
        }
    }

    public bool TryRead([MaybeNullWhen(false)] out WriteOperation operation)
    {
        if (_inARow >= MaxInARow && _patient.Reader.TryRead(out operation))
        {
            _inARow = 0;
            return true;
        }

        if (_prompt.Reader.TryRead(out operation))
        {
            _inARow++;
            return true;
        }

        _inARow = 0;
        return _patient.Reader.TryRead(out operation);
    }
}
