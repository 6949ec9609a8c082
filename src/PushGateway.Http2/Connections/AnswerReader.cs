using System.Buffers;
using System.Runtime.CompilerServices;
using PushGateway.Http2.Frames;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Connections;

/// <summary>Turns HEADERS, DATA and RST_STREAM frames into answers, and closes the streams that they end: RFC 9113, sections 5.1 and 8.1.</summary>
internal sealed class AnswerReader(
    StreamTable streams, HpackDecoder decoder, ReceiveWindow window, ControlFrames control, AnswerDelivery delivery, int maxBodyBytes, TimeProvider timeProvider)
{
    private readonly HeaderBlockAssembler _assembler = new();

    /// <summary>The stream whose header block is incomplete, or 0.</summary>
    public int IncompleteStreamId => _assembler.StreamId;

    /// <summary>Whether the server has accepted a request: answered 200.</summary>
    public bool HasAccepted { get; private set; }

    /// <summary>Whether the server has answered a request, whatever it said.</summary>
    public bool HasAnswered { get; private set; }

    public void OnHeaders(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        // Not only once the block is whole: a stream that was never opened, or stream 0, is an error at once.
        streams.Find(header.StreamId);
        var fragment = HeaderBlockAssembler.Strip(header, payload);
        if (header.Has(FrameFlags.EndHeaders))
        {
            OnHeaderBlock(header.StreamId, fragment, header.Has(FrameFlags.EndStream));
        }
        else
        {
            _assembler.Begin(header, fragment);
        }
    }

    public void OnContinuation(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_assembler.Continue(header, payload))
        {
            OnHeaderBlock(header.StreamId, _assembler.End(), _assembler.EndsStream);
        }
    }

    public void OnData(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        ref var slot = ref streams.Find(header.StreamId);
        var data = HeaderBlockAssembler.Strip(header, payload);
        window.Take(payload.Length);
        if (Unsafe.IsNullRef(ref slot))
        {
            return;
        }

        if (slot.Status == 0)
        {
            Reset(ref slot, ErrorCode.ProtocolError, "The answer has a body before its status.");
            return;
        }

        if (!window.TryTake(ref slot, payload.Length))
        {
            Reset(ref slot, ErrorCode.FlowControlError, "The answer's body is larger than its window.");
            return;
        }

        var isComplete = Keep(ref slot, data);
        if (header.Has(FrameFlags.EndStream))
        {
            End(ref slot);
        }
        else if (!isComplete)
        {
            // All of the body that is wanted is here; the rest is not worth waiting for.
            control.AddRstStream(slot.StreamId, ErrorCode.Cancel);
            Answer(ref slot);
        }
    }

    public void OnRstStream(FrameHeader header, ErrorCode code)
    {
        ref var slot = ref streams.Find(header.StreamId);
        if (Unsafe.IsNullRef(ref slot))
        {
            return;
        }

        // Section 8.7: this code alone promises that nothing was processed, unless the answer has begun and says otherwise.
        if (code == ErrorCode.RefusedStream && slot.Status == 0)
        {
            var (ticket, index) = (slot.Ticket, slot.Index);
            streams.Remove(ref slot);
            delivery.Refuse(ticket, index, "The server refused the stream.");
        }
        else
        {
            Fail(ref slot, PostFault.ConnectionLost, $"The server reset the stream: {code}.");
        }
    }

    /// <summary>Ends a stream without an answer, and tells the server so.</summary>
    public void Reset(ref StreamSlot slot, ErrorCode code, string detail)
    {
        control.AddRstStream(slot.StreamId, code);
        Fail(ref slot, PostFault.ConnectionLost, detail);
    }

    /// <summary>Ends a stream without an answer.</summary>
    /// <param name="isOfConnection">Whether the others end for the same reason.</param>
    public void Fail(ref StreamSlot slot, PostFault fault, string detail, bool isOfConnection = false)
    {
        var (ticket, index) = (slot.Ticket, slot.Index);
        streams.Remove(ref slot);
        delivery.Deliver(ticket, index, new PostAnswer { Fault = fault, Detail = detail, IsOfConnection = isOfConnection });
    }

    private void OnHeaderBlock(int streamId, ReadOnlySpan<byte> block, bool endsStream)
    {
        ref var slot = ref streams.Find(streamId);

        // Decoded whatever becomes of it: the table of the connection depends on every block.
        var head = new AnswerHead();
        var result = decoder.Decode(block, ref head);
        if (result == HpackResult.Malformed)
        {
            throw new ConnectionErrorException(ErrorCode.CompressionError, "A header block that cannot be decoded.");
        }

        if (Unsafe.IsNullRef(ref slot))
        {
            return;
        }

        if (head.IsMalformed || result == HpackResult.TooLarge)
        {
            Reset(ref slot, ErrorCode.ProtocolError, "The answer's headers are malformed or too many.");
        }
        else if (slot.Status != 0)
        {
            OnTrailers(ref slot, head, endsStream);
        }
        else if (head.Status is >= 100 and < 200 && !endsStream)
        {
            // Interim: the answer is still to come.
        }
        else if (head.Status < 200)
        {
            Reset(ref slot, ErrorCode.ProtocolError, "The answer has no final status.");
        }
        else
        {
            OnFinalHead(ref slot, head, endsStream);
        }
    }

    private void OnFinalHead(ref StreamSlot slot, in AnswerHead head, bool endsStream)
    {
        slot.Status = head.Status;
        slot.ContentLength = head.ContentLength ?? -1;
        if (head.Status != 200)
        {
            slot.RetryAfter = head.RetryAfter ?? Until(head.RetryAt);
            slot.Date = head.Date;
        }

        if (endsStream)
        {
            End(ref slot);
        }
    }

    private void OnTrailers(ref StreamSlot slot, in AnswerHead head, bool endsStream)
    {
        if (head.Status != 0 || !endsStream)
        {
            Reset(ref slot, ErrorCode.ProtocolError, "The answer has a second head.");
        }
        else
        {
            End(ref slot);
        }
    }

    /// <summary>Keeps as much of the body as is wanted.</summary>
    /// <returns>Whether more would still be kept.</returns>
    private bool Keep(ref StreamSlot slot, ReadOnlySpan<byte> data)
    {
        var count = Math.Min(data.Length, maxBodyBytes - slot.BodyLength);
        if (count > 0)
        {
            if (slot.Body is null || slot.Body.Length < slot.BodyLength + count)
            {
                Grow(ref slot, count);
            }

            data[..count].CopyTo(slot.Body.AsSpan(slot.BodyLength));
            slot.BodyLength += count;
        }

        return slot.BodyLength < maxBodyBytes;
    }

    private void Grow(ref StreamSlot slot, int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(maxBodyBytes, Math.Max(slot.BodyLength * 4, slot.BodyLength + count)));
        if (slot.Body is { } body)
        {
            body.AsSpan(0, slot.BodyLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(body);
        }

        slot.Body = larger;
    }

    private void End(ref StreamSlot slot)
    {
        if (slot.Rest is not null)
        {
            // The answer came before the whole request was sent (RFC 9113, section 8.1); nobody waits for the rest of it.
            control.AddRstStream(slot.StreamId, ErrorCode.Cancel);
        }

        // Section 8.1.1. A body that we cut is shorter for that reason.
        if (slot.ContentLength >= 0 && slot.BodyLength < maxBodyBytes && slot.ContentLength != slot.BodyLength)
        {
            Fail(ref slot, PostFault.ConnectionLost, "The answer's body is not as long as it says.");
            return;
        }

        Answer(ref slot);
    }

    private void Answer(ref StreamSlot slot)
    {
        HasAnswered = true;
        HasAccepted |= slot.Status == 200;
        var answer = new PostAnswer
        {
            Status = slot.Status,
            Body = slot.Body is null ? default : slot.Body.AsSpan(0, slot.BodyLength),
            RetryAfter = slot.RetryAfter,
            Date = slot.Date,
        };
        var (ticket, index) = (slot.Ticket, slot.Index);
        delivery.Deliver(ticket, index, answer);
        streams.Remove(ref slot);
    }

    private TimeSpan? Until(DateTimeOffset? instant)
    {
        var wait = instant - timeProvider.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
