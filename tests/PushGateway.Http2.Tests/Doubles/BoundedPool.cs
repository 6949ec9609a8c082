namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Closes in time or fails. A test that fails half-way leaves requests that nobody answers, in stepped time even for ever.</summary>
internal sealed class BoundedPool(IPostConnectionPool pool) : IPostConnectionPool
{
    private readonly CancellationTokenSource _stop = new();

    public async Task SendAsync(PostBatch batch, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _stop.Token);
        await pool.SendAsync(batch, either.Token);
    }

    public void Reconnect() => pool.Reconnect();

    public async ValueTask DisposeAsync()
    {
        var closing = pool.DisposeAsync().AsTask();
        if (!closing.IsCompleted)
        {
            _stop.CancelAfter(TimeSpan.FromSeconds(5));
        }

        await closing.WaitAsync(TimeSpan.FromSeconds(60));
        _stop.Dispose();
    }
}
