using System.Threading.Tasks.Sources;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>A read or a write that ends when it is told to, and goes on at once on the thread that told it.</summary>
internal sealed class PendingOperation : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _core;

    public bool IsPending { get; private set; }

    public short Begin()
    {
        _core.Reset();
        IsPending = true;
        return _core.Version;
    }

    public void End(int result)
    {
        IsPending = false;
        _core.SetResult(result);
    }

    public void Fail(Exception exception)
    {
        IsPending = false;
        _core.SetException(exception);
    }

    int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
