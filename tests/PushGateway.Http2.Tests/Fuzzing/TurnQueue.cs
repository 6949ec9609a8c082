namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>In place of the thread pool: turns in their order, on the test's own thread.</summary>
internal sealed class TurnQueue
{
    // Far above what a case of a few hundred steps can need.
    private const int MaxTurns = 20_000;

    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private int _taken;

    public bool IsEmpty => _turns.Count == 0;

    public void Add(IThreadPoolWorkItem turn) => _turns.Enqueue(turn);

    public void RunOne()
    {
        if (_turns.TryDequeue(out var turn))
        {
            FuzzFailureException.Unless(++_taken <= MaxTurns, "The connection takes turns without an end.");
            turn.Execute();
        }
    }

    public void RunAll()
    {
        while (!IsEmpty)
        {
            RunOne();
        }
    }
}
