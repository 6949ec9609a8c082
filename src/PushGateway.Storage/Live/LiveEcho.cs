using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Live;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

/// <summary>Tells those who listen here what other gateways have appended.</summary>
/// <remarks>What was rung while a channel was being read is read together, in one go, so a burst of messages costs no more reads than there is time for.</remarks>
internal sealed class LiveEcho : IDisposable
{
    private const int MostAtOnce = 1_000;

    private readonly ReadPool _reads;
    private readonly LiveNews _news;
    private readonly StoreBell _bell;
    private readonly ILogger<LiveEcho> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private Dictionary<(int AppKey, string Channel), (long First, long Last)> _rung = [];
    private Task? _loop;

    public LiveEcho(ReadPool reads, LiveNews news, StoreBell bell, ILogger<LiveEcho> logger)
    {
        (_reads, _news, _bell, _logger) = (reads, news, bell, logger);
        _bell.Rung += OnRung;
        _bell.Missed += OnMissed;
    }

    public event Action? Missed;

    /// <summary>As <see cref="ILiveStore.Followed"/>.</summary>
    public Func<int, string, bool>? Followed { get; set; }

    public void Start() => _loop ??= RunAsync(_stop.Token);

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _bell.Rung -= OnRung;
        _bell.Missed -= OnMissed;
        _stop.Cancel();
        _stop.Dispose();
    }

    private void OnRung(StoreNotice notice)
    {
        if (notice.Topic != StoreTopic.Live || notice.Detail.IndexOf(' ', StringComparison.Ordinal) is not (var end and > 0) ||
            !long.TryParse(notice.Detail.AsSpan(0, end), CultureInfo.InvariantCulture, out var sequence))
        {
            return;
        }

        var key = ((int)notice.Key, notice.Detail[(end + 1)..]);
        if (Followed?.Invoke(key.Item1, key.Item2) != true)
        {
            return;
        }

        lock (_gate)
        {
            _rung[key] = _rung.TryGetValue(key, out var known) ? (Math.Min(known.First, sequence), Math.Max(known.Last, sequence)) : (sequence, sequence);
        }

        _work.Writer.TryWrite(true);
    }

    private void OnMissed() => Missed?.Invoke();

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                await _work.Reader.ReadAsync(stopping).ConfigureAwait(false);
                Dictionary<(int AppKey, string Channel), (long First, long Last)> rung;
                lock (_gate)
                {
                    (rung, _rung) = (_rung, []);
                }

                foreach (var ((appKey, channel), (first, last)) in rung)
                {
                    await TellAsync(appKey, channel, first, last, stopping).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
    }

    private async Task TellAsync(int appKey, string channel, long first, long last, CancellationToken stopping)
    {
        try
        {
            // Older ones than these are in the history for whoever wants them.
            var after = Math.Max(first - 1, last - MostAtOnce);
            var page = await _reads.ReadAsync(session => LiveStore.Read(session, appKey, channel, after, MostAtOnce), stopping).ConfigureAwait(false);
            foreach (var entry in page.Entries)
            {
                _news.Tell(appKey, channel, entry);
            }
        }
#pragma warning disable CA1031 // The store may be out of reach. Whoever listens learns of what was missed when it is heard of again.
        catch (Exception problem) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            StorageLog.NoticeFailed(_logger, problem);
            Missed?.Invoke();
        }
    }
}
