using PushGateway.Core.Live;

namespace PushGateway.Live;

/// <summary>A channel that somebody follows: its newest messages, and the bell for whoever has seen them all.</summary>
/// <remarks>No reader has anything of its own here but a place, so one that does not read costs nothing and delays nobody.</remarks>
internal sealed class LiveChannel(int capacity)
{
    private readonly Lock _gate = new();
    private readonly LiveFrame[] _recent = new LiveFrame[capacity];
    private TaskCompletionSource _bell = NewBell();
    private int _count;
    private long _newest;
    private long _origin;

    /// <summary>Readers, counted by <see cref="LiveHub"/> under its own lock.</summary>
    public int Readers { get; set; }

    public LivePresence Presence { get; } = new();

    /// <summary>Takes a message that has just become durable.</summary>
    public void Add(LiveEntry entry)
    {
        TaskCompletionSource bell;
        lock (_gate)
        {
            if (entry.Sequence <= _newest)
            {
                return;
            }

            if (_newest == 0 && entry.IsFirst)
            {
                _origin = entry.Sequence;
            }

            // The history is the truth: what does not follow on what is here makes a beginning of its own.
            _count = entry.Sequence == _newest + 1 || _newest == 0 ? Math.Min(_count + 1, _recent.Length) : 1;
            _newest = entry.Sequence;
            _recent[entry.Sequence % _recent.Length] = new LiveFrame(entry);
            (bell, _bell) = (_bell, NewBell());
        }

        bell.SetResult();
    }

    /// <summary>Takes note of how far the history goes, which may be further than what was heard of.</summary>
    /// <returns>The newest message there is.</returns>
    public long Learn(long newest)
    {
        lock (_gate)
        {
            if (newest > _newest)
            {
                (_newest, _count) = (newest, 0);
            }

            return _newest;
        }
    }

    /// <summary>Wakes those who wait, though there is no message: something else has changed.</summary>
    public void Ring()
    {
        TaskCompletionSource bell;
        lock (_gate)
        {
            (bell, _bell) = (_bell, NewBell());
        }

        bell.SetResult();
    }

    /// <summary>Gives what is behind the cursor, and moves it.</summary>
    /// <param name="bell">Rings when there is more than was seen by this call.</param>
    /// <returns>Whether what comes next is too long ago to be here: it is in the history.</returns>
    public bool Read(ref long cursor, List<LiveFrame> frames, int limit, out Task bell)
    {
        lock (_gate)
        {
            bell = _bell.Task;
            if (cursor == 0 && _origin > 0)
            {
                // The channel had no message when the reader came.
                cursor = _origin - 1;
            }

            if (cursor >= _newest)
            {
                return false;
            }

            if (cursor < _newest - _count)
            {
                return true;
            }

            while (cursor < _newest && limit-- > 0)
            {
                frames.Add(_recent[++cursor % _recent.Length]);
            }

            return false;
        }
    }

    // Whoever rings is the store's writer, and has other things to do than what the readers do next.
    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
