using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>Cuts a body of any length into lines with constant memory, and has each parsed as it comes.</summary>
/// <param name="fromLine">Lines before it are passed over, a header excepted.</param>
internal sealed class LineReader(PipeReader body, ILineParser parser, DeviceImporter importer, int maxLineBytes, long fromLine)
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly byte[] _joined = new byte[maxLineBytes];
    private bool _mayBeHeader = true;
    private bool _isSkipping;

    /// <summary>The line last begun, from 1.</summary>
    public long Line { get; private set; }

    /// <returns>Why the whole import is refused, or <see langword="null"/> at the end of the body.</returns>
    public async Task<ApiProblem?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await body.ReadAsync(cancellationToken);
            var rest = result.Buffer;
            while (TryCutLine(ref rest, out var line))
            {
                if (Take(line) is { } problem)
                {
                    body.AdvanceTo(result.Buffer.End);
                    return problem;
                }

                if (importer.IsBatchFull)
                {
                    await importer.FlushAsync();
                }
            }

            if (result.IsCompleted)
            {
                var problem = rest.IsEmpty && !_isSkipping ? null : Take(rest);
                body.AdvanceTo(result.Buffer.End);
                return problem;
            }

            if (rest.Length > maxLineBytes)
            {
                // Its end is not in sight: let go of what there is, or the memory would grow with the line.
                _isSkipping = true;
                rest = rest.Slice(rest.End);
            }

            body.AdvanceTo(rest.Start, result.Buffer.End);
        }
    }

    private static bool TryCutLine(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (rest.IsSingleSegment)
        {
            var index = rest.FirstSpan.IndexOf((byte)'\n');
            if (index < 0)
            {
                return false;
            }

            line = rest.Slice(0, index);
            rest = rest.Slice(index + 1);
            return true;
        }

        if (rest.PositionOf((byte)'\n') is not { } position)
        {
            return false;
        }

        line = rest.Slice(0, position);
        rest = rest.Slice(rest.GetPosition(1, position));
        return true;
    }

    private ApiProblem? Take(in ReadOnlySequence<byte> sequence)
    {
        Line++;
        if (Line < fromLine && !_mayBeHeader)
        {
            _isSkipping = false;
            return null;
        }

        if (_isSkipping || sequence.Length > maxLineBytes)
        {
            _isSkipping = false;
            Reject(new LineProblem("line.tooLong", $"The line has more than {maxLineBytes} bytes."));
            return null;
        }

        var line = sequence.IsSingleSegment ? sequence.FirstSpan : Join(sequence);
        if (Line == 1 && line.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        line = line.Trim(" \t\r"u8);
        return line.IsEmpty ? null : Parse(line);
    }

    private ApiProblem? Parse(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
        {
            Reject(new LineProblem("json.invalidUtf8", "The line is not UTF-8."));
            return null;
        }

        if (_mayBeHeader)
        {
            _mayBeHeader = false;
            if (parser.TryTakeHeader(line, out var problem))
            {
                return problem;
            }
        }

        if (Line < fromLine)
        {
            return null;
        }

        if (parser.TryParse(line, out var device, out var lineProblem))
        {
            importer.Add(Line, device);
        }
        else
        {
            Reject(lineProblem);
        }

        return null;
    }

    private void Reject(LineProblem problem)
    {
        if (Line >= fromLine)
        {
            importer.Reject(Line, problem);
        }
    }

    private ReadOnlySpan<byte> Join(in ReadOnlySequence<byte> sequence)
    {
        sequence.CopyTo(_joined);
        return _joined.AsSpan(0, (int)sequence.Length);
    }
}
