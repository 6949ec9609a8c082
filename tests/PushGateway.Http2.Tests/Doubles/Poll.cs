namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Waits for what the other side of a socket does.</summary>
public static class Poll
{
    public static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
        }
    }
}
