using System.Buffers;
using System.IO.Pipelines;

namespace PushGateway.Simulator.Hosting;

/// <summary>A request's body in one piece, borrowed from the connection where that is possible. Disposing gives the memory back, so nothing may keep <see cref="Bytes"/>.</summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>Reading stops here: far above every provider's limit, so that such a body is seen to be too large without being read to its end.</summary>
    public const int ReadLimit = 64 * 1024;

    private readonly PipeReader _reader;
    private readonly SequencePosition _end;
    private readonly byte[]? _rented;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> sequence)
    {
        _reader = reader;
        _end = sequence.End;
        if (sequence.IsSingleSegment)
        {
            Bytes = sequence.First;
            return;
        }

        var length = (int)sequence.Length;
        _rented = ArrayPool<byte>.Shared.Rent(length);
        sequence.CopyTo(_rented);
        Bytes = _rented.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public static async ValueTask<RequestBody> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.IsCompleted || result.Buffer.Length > ReadLimit)
            {
                return new RequestBody(reader, result.Buffer);
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    public void Dispose()
    {
        _reader.AdvanceTo(_end);
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
