using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>One request, and a batch that wants nothing begun any more as soon as it has been written once.</summary>
internal sealed class HaltingBatch : PostBatch
{
    private int _written;

    public override int Count => 1;

    public override bool MayBegin => Volatile.Read(ref _written) == 0;

    public int Written => Volatile.Read(ref _written);

    public List<PostFault> Faults { get; } = [];

    public override void Write(int index, PostRequest request)
    {
        Interlocked.Increment(ref _written);
        request.AppendPath("/halting"u8);
        request.AppendBody(Encoding.ASCII.GetBytes("x"));
    }

    public override void OnAnswer(int index, in PostAnswer answer) => Faults.Add(answer.Fault);
}
