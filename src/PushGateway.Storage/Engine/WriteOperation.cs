namespace PushGateway.Storage.Engine;

/// <summary>One caller's change on its way through the writer.</summary>
internal abstract class WriteOperation
{
    /// <summary>Whether its caller gave up before it began.</summary>
    public abstract bool TryCancel();

    public abstract void Execute(WriteSession session);

    /// <summary>It was undone because of itself; the caller learns of it when the batch is over.</summary>
    public abstract void Refuse(Exception problem);

    /// <summary>The batch is durable: the caller gets the result, or what it was refused for.</summary>
    public abstract void Complete();

    /// <summary>The batch is lost.</summary>
    public abstract void Fail(Exception problem);
}

internal sealed class WriteOperation<TResult>(Func<WriteSession, TResult> change, CancellationToken cancellationToken) : WriteOperation
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult _result = default!;
    private Exception? _problem;

    public Task<TResult> Task => _completion.Task;

    public override bool TryCancel() => cancellationToken.IsCancellationRequested && _completion.TrySetCanceled(cancellationToken);

    public override void Execute(WriteSession session) => _result = change(session);

    public override void Refuse(Exception problem) => _problem = problem;

    public override void Complete()
    {
        if (_problem is null)
        {
            _completion.TrySetResult(_result);
        }
        else
        {
            _completion.TrySetException(_problem);
        }
    }

    public override void Fail(Exception problem) => _completion.TrySetException(problem);
}
