using PushGateway.Http2.Frames;

namespace PushGateway.Http2.Connections;

/// <summary>Bytes of answers' bodies that the server may still send on the connection: RFC 9113, section 6.9.</summary>
internal sealed class ReceiveWindow(ControlFrames control)
{
    // Bodies of a thousand refusals at once, and then some. They are read as they come, so this is no memory.
    private const int Size = 1024 * 1024;

    /// <summary>What a stream may be sent without asking: we leave SETTINGS_INITIAL_WINDOW_SIZE alone.</summary>
    public const int StreamSize = PeerSettings.DefaultWindow;

    private int _left = PeerSettings.DefaultWindow;

    /// <summary>Opens the window from its initial size to ours.</summary>
    public void Open() => GiveBack();

    /// <summary>Counts the payload of a DATA frame, padding included, whatever its stream.</summary>
    /// <exception cref="ConnectionErrorException">The server sent more than it may.</exception>
    public void Take(int count)
    {
        _left -= count;
        if (_left < 0)
        {
            throw new ConnectionErrorException(ErrorCode.FlowControlError, "More answer bodies than the window allows.");
        }

        if (_left < Size / 2)
        {
            GiveBack();
        }
    }

    /// <summary>The same for one stream.</summary>
    /// <returns><see langword="false"/> when the server sent more than it may: an error of that stream.</returns>
    public bool TryTake(ref StreamSlot slot, int count)
    {
        slot.ReceiveDebt += count;
        if (slot.ReceiveDebt > StreamSize)
        {
            return false;
        }

        if (slot.ReceiveDebt > StreamSize / 2)
        {
            control.AddWindowUpdate(slot.StreamId, slot.ReceiveDebt);
            slot.ReceiveDebt = 0;
        }

        return true;
    }

    private void GiveBack()
    {
        control.AddWindowUpdate(0, Size - _left);
        _left = Size;
    }
}
