using System.Globalization;
using System.Text;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Requests of a case, and what became of each.</summary>
internal sealed class FuzzBatch(int number, int[] bodyLengths, Action<FuzzBatch, int, FuzzAnswer> onAnswer) : PostBatch
{
    private static readonly byte[] s_body = [.. Enumerable.Range(0, 100_000).Select(at => (byte)(at % 251))];

    // Of characters that Huffman coding does not shorten: the double that reads it would take most of the time of a case.
    private static readonly HeaderBlock[] s_headers =
    [
        new(new PostHeader("x-kind", "fuzz"), new PostHeader("authorization", "bearer x", HeaderIndexing.Never)),
        new(new PostHeader("x-long", new string('~', 2_000)), new PostHeader("x-id", "1", HeaderIndexing.Literal)),
        new(new PostHeader("x-first", new string('~', 9_000)), new PostHeader("x-second", new string('~', 9_000))),
    ];

    private readonly int[] _begun = new int[bodyLengths.Length];
    private readonly int[] _answered = new int[bodyLengths.Length];

    public override int Count => bodyLengths.Length;

    public override bool MayBegin => !IsClosed;

    public bool IsClosed { get; set; }

    /// <summary>Whether writing a request throws, as a bug would.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Which of the header blocks all requests have.</summary>
    public int Headers { get; init; }

    public BatchTicket? Ticket { get; set; }

    public int BodyLength(int index) => bodyLengths[index];

    public int Begun(int index) => _begun[index];

    public int Answered(int index) => _answered[index];

    public static ReadOnlySpan<byte> Body(int length) => s_body.AsSpan(0, length);

    /// <summary>Batch and index of a path that a batch wrote.</summary>
    public static (int Batch, int Index) Parse(string path)
    {
        var parts = path.Split('/');
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public override void Write(int index, PostRequest request)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("A bug in the batch.");
        }

        _begun[index]++;
        request.AppendPath(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/{number}/{index}")));
        request.AddHeaders(s_headers[Headers]);
        request.AppendBody(Body(bodyLengths[index]));
    }

    public override void OnAnswer(int index, in PostAnswer answer)
    {
        _answered[index]++;
        onAnswer(this, index, new FuzzAnswer(answer.Status, answer.Fault, answer.Body.ToArray(), answer.Detail));
    }
}

internal sealed record FuzzAnswer(int Status, PostFault Fault, byte[] Body, string? Detail);
