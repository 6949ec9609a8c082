namespace PushGateway.Http2.Sockets;

/// <summary>One generation of connections: closed when it has been replaced and the last request over it is answered.</summary>
internal sealed class HandlerLease(HttpMessageInvoker invoker)
{
    private int _users = 1;

    public HttpMessageInvoker Invoker => invoker;

    /// <remarks>Only while the pool still holds its own use, that is under the pool's lock.</remarks>
    public void Acquire() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            invoker.Dispose();
        }
    }
}
