namespace PushGateway.Server.Cli;

internal static class CancellationWaiting
{
    /// <summary>Completes when the token is cancelled; never throws.</summary>
    public static async Task WaitForCancellationAsync(this CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await cancelled.Task;
    }
}
