namespace PushGateway.Dispatch.Tests;

/// <summary>Waits for what other threads bring about. Between two looks they have a millisecond to themselves; the deadline makes a hang a failure.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <param name="otherwise">What to say when it does not come to be.</param>
    /// <param name="between">Done after each look that was in vain, such as moving a clock.</param>
    public static Task IsAsync(Func<bool> condition, Func<string>? otherwise = null, Action? between = null) =>
        IsAsync(() => Task.FromResult(condition()), otherwise, between);

    /// <inheritdoc cref="IsAsync(Func{bool}, Func{string}, Action)"/>
    public static async Task IsAsync(Func<Task<bool>> condition, Func<string>? otherwise = null, Action? between = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > s_patience)
            {
                Assert.Fail(otherwise?.Invoke() ?? "It does not come to be.");
            }

            between?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
