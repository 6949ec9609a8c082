using PushGateway.Http2.Connections;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Hands out requests as the pool does, to one connection, and keeps count of what it is told.</summary>
/// <param name="pool">Owns the tickets; no connection of its own is ever made.</param>
internal sealed class FuzzSource(PostPool pool, Tape tape, IReadOnlyList<FuzzBatch> batches, Action<FuzzBatch, int> onReturned) : IRequestSource
{
    private const int MaxRefusals = 4;

    public int Leavings { get; private set; }

    public int Closings { get; private set; }

    public bool HasWaiting => Leavings == 0 && batches.Any(batch => batch.Ticket!.HasMore);

    public bool TryClaim(Http2Connection connection, int max, long now, out Claim claim)
    {
        claim = default;
        FuzzFailureException.Unless(max > 0, "Requests are claimed, but none could be begun.");
        if (Leavings > 0 || batches.FirstOrDefault(batch => batch.Ticket!.HasMore) is not { } batch)
        {
            return false;
        }

        claim = batch.Ticket!.Take(Math.Min(max, 1 + tape.Below(4)));
        return true;
    }

    public void Abandon(Claim claim) => pool.Abandon(claim);

    public void Return(BatchTicket ticket, int index, string detail)
    {
        var batch = (FuzzBatch)ticket.Batch;
        onReturned(batch, index);
        if (!ticket.TryTakeBack(index, MaxRefusals))
        {
            ticket.Answer(index, new PostAnswer { Fault = PostFault.Refused, Detail = detail });
            ticket.Finish(1);
        }
    }

    public void OnStarting(Http2Connection connection)
    {
    }

    public void OnTick(Http2Connection connection, double stalled, long now) =>
        FuzzFailureException.Unless(stalled is >= 0 and <= 1, "A share outside 0 to 1.");

    public void OnAged(Http2Connection connection, long now)
    {
    }

    public void OnLeaving(Http2Connection connection) => Leavings++;

    public void OnClosed(Http2Connection connection) => Closings++;
}
