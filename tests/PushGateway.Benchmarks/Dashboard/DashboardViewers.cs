using System.Collections.Concurrent;
using System.Net;

namespace PushGateway.Benchmarks.Dashboard;

/// <summary>Many viewers of one page.</summary>
internal sealed class DashboardViewers : IAsyncDisposable
{
    // A few at a time: each start draws a whole page.
    private const int AtOnce = 8;

    private readonly ConcurrentBag<DashboardViewer> _viewers = [];
    private long _batchesBefore;
    private long _bytesBefore;
    private Dictionary<DashboardViewer, long> _before = [];

    /// <summary>Changes received by all of them since <see cref="Mark"/>.</summary>
    public long Batches => _viewers.Sum(viewer => viewer.Batches) - _batchesBefore;

    public long Bytes => _viewers.Sum(viewer => viewer.Bytes) - _bytesBefore;

    public static async Task<DashboardViewers> OpenAsync(
        int count, Uri gateway, string path, string expected, CookieContainer cookies, CancellationToken cancellationToken)
    {
        var viewers = new DashboardViewers();
        try
        {
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (_, stop) =>
                viewers._viewers.Add(await DashboardViewer.OpenAsync(gateway, path, expected, cookies, stop)));
            return viewers;
        }
        catch
        {
            await viewers.DisposeAsync();
            throw;
        }
    }

    /// <summary>From here on is counted.</summary>
    public void Mark()
    {
        (_batchesBefore, _bytesBefore) = (_viewers.Sum(viewer => viewer.Batches), _viewers.Sum(viewer => viewer.Bytes));
        _before = _viewers.ToDictionary(viewer => viewer, viewer => viewer.Batches);
    }

    /// <exception cref="BenchmarkException">One of them was shown nothing since <see cref="Mark"/>, or lost its page: what was measured is not what it says.</exception>
    public void CheckAllWereShown()
    {
        if (_viewers.Select(viewer => viewer.Problem).FirstOrDefault(problem => problem is not null) is { } problem)
        {
            throw new BenchmarkException(problem);
        }

        if (_before.Count(entry => entry.Key.Batches == entry.Value) is > 0 and var blind)
        {
            throw new BenchmarkException($"{blind} of {_before.Count} viewers were shown nothing during the broadcast.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var viewer in _viewers)
        {
            await viewer.DisposeAsync();
        }
    }
}
