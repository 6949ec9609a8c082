using Microsoft.Extensions.Time.Testing;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Waits with an end, in real or in stepped time.</summary>
internal static class Waiting
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Fails when the task does not end: a hang is a failure like any other.</summary>
    public static Task InTime(this Task task, TimeSpan? limit = null) => task.WaitAsync(limit ?? s_limit, TestContext.Current.CancellationToken);

    /// <inheritdoc cref="InTime(Task, TimeSpan?)"/>
    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(s_limit, TestContext.Current.CancellationToken);

    /// <summary>Sends the batch and fails when that does not end.</summary>
    public static Task SendInTimeAsync(this IPostConnectionPool pool, PostBatch batch) => pool.SendAsync(batch, TestContext.Current.CancellationToken).InTime();

    /// <summary>Moves time on in steps until the task ends, giving the code under test its turn in between.</summary>
    /// <returns>How far time had to move, to the step.</returns>
    public static async Task<TimeSpan> AdvanceUntilAsync(this FakeTimeProvider time, Task task, TimeSpan step, TimeSpan limit)
    {
        var begin = time.GetUtcNow();
        while (!task.IsCompleted && time.GetUtcNow() - begin < limit)
        {
            time.Advance(step);
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        await task.InTime();
        return time.GetUtcNow() - begin;
    }
}
