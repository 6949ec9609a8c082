using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Connections;

/// <summary>Hands answers to their batches, and counts them in bulk.</summary>
internal sealed class AnswerDelivery(IRequestSource source)
{
    private BatchTicket? _ticket;
    private int _finished;

    public void Deliver(BatchTicket ticket, int index, in PostAnswer answer)
    {
        ticket.Answer(index, answer);
        if (!ReferenceEquals(ticket, _ticket))
        {
            Flush();
            _ticket = ticket;
        }

        _finished++;
    }

    /// <summary>The request is known not to have been processed: it goes back, to be sent again.</summary>
    public void Refuse(BatchTicket ticket, int index, string detail) => source.Return(ticket, index, detail);

    /// <summary>Tells the batch how many of its requests are done with; to be called before waiting for anything.</summary>
    public void Flush()
    {
        if (_ticket is { } ticket)
        {
            (_ticket, var finished) = (null, _finished);
            _finished = 0;
            ticket.Finish(finished);
        }
    }
}
