using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns.Answers;
using PushGateway.Providers.Apns.ProviderTokens;

namespace PushGateway.Providers.Apns.Sending;

/// <summary>Sends the batches of one app to APNs.</summary>
internal sealed class ApnsSender : IPushSender
{
    // Pages in flight at a time per app; more only means a new buffer each time.
    private const int MaxKeptBatches = 16;

    private readonly ConcurrentBag<ApnsBatch> _batches = [];
    private readonly ApnsCredential _credential;
    private readonly ProviderTokenRegistry _tokenRegistry;
    private readonly ApnsPools _pools;
    private readonly ApnsAnswerReader _reader;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly GatedSender _gate;
    private int _isDisposed;

    public ApnsSender(
        ApnsCredential credential, ProviderTokenRegistry tokenRegistry, ApnsPools pools, ApnsAnswerReader reader, ILogger logger, TimeProvider timeProvider)
    {
        (_credential, _tokenRegistry, _pools, _reader, _logger, _timeProvider) = (credential, tokenRegistry, pools, reader, logger, timeProvider);
        Pool = pools.Rent(credential);
        Tokens = tokenRegistry.Rent(credential);
        _gate = new GatedSender(Pool);
    }

    public IPostConnectionPool Pool { get; }

    public ProviderTokenSource Tokens { get; }

    public async Task SendAsync(PushBatch batch, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!_batches.TryTake(out var requests))
        {
            requests = new ApnsBatch(this, _reader, _timeProvider);
        }

        requests.Reset(batch);
        await _gate.SendAsync(requests, stop);
        requests.Reset(null);
        if (_batches.Count < MaxKeptBatches)
        {
            _batches.Add(requests);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _pools.ReturnAsync(_credential);
            _tokenRegistry.Return(_credential);
            _gate.Dispose();
        }
    }

    internal void OnStopped(int status, string reason) => ApnsLog.CredentialRefused(_logger, _credential, status, reason);

    internal void OnUnreachable(string detail) => ApnsLog.Unreachable(_logger, ApnsPools.EndpointOf(_credential), detail);
}
