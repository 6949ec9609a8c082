using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PushGateway.Client;

namespace PushGateway.FaultTests.Runs;

/// <summary>Calls the gateway as a careful publisher does: again and again until it answers. Only "not now" and silence are repeated.</summary>
internal sealed class PersistentCaller
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<T> CallAsync<T>(Func<Task<T>> request)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await TryAsync(request) is (true, var answer))
            {
                return answer!;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < s_limit, "The gateway does not answer.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }
    }

    public Task CallAsync(Func<Task> request) => CallAsync(async () =>
    {
        await request();
        return true;
    });

    /// <summary>Once.</summary>
    public async Task<(bool IsAnswered, T? Answer)> TryAsync<T>(Func<Task<T>> request)
    {
        try
        {
            return (true, await request());
        }
        // A connection that is reset while it is made can show as what the socket says.
        catch (Exception notNow) when (notNow is HttpRequestException or SocketException or IOException or PushGatewayApiException { Status: HttpStatusCode.ServiceUnavailable })
        {
            return (false, default);
        }
    }
}
