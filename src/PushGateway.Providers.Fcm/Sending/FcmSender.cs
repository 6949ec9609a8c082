using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Fcm.AccessTokens;
using PushGateway.Providers.Fcm.Answers;

namespace PushGateway.Providers.Fcm.Sending;

/// <summary>Sends the batches of one app to FCM.</summary>
internal sealed class FcmSender(
    FcmCredential credential, IPostConnectionPool pool, AccessTokenSource tokens, ReasonVocabulary vocabulary, ILogger logger, TimeProvider timeProvider)
    : IPushSender
{
    // Pages in flight at a time per app; more only means a new buffer each time.
    private const int MaxKeptBatches = 16;

    private readonly ConcurrentBag<FcmBatch> _batches = [];
    private readonly GatedSender _gate = new(pool);
    private readonly byte[] _path = PathOf(credential.ProjectId);
    private int _isDisposed;

    public ReadOnlySpan<byte> Path => _path;

    public AccessTokenSource Tokens => tokens;

    public ReasonVocabulary Vocabulary => vocabulary;

    public FcmErrors Errors { get; } = new();

    /// <summary>The least wait after a failure of FCM that named none.</summary>
    public required TimeSpan MinimumRetryDelay { get; init; }

    /// <summary>Where messages of a project are posted to.</summary>
    public static byte[] PathOf(string projectId) => Encoding.ASCII.GetBytes($"/v1/projects/{Uri.EscapeDataString(projectId)}/messages:send");

    public async Task SendAsync(PushBatch batch, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!_batches.TryTake(out var requests))
        {
            requests = new FcmBatch(this, timeProvider);
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
            await pool.DisposeAsync();
            tokens.Dispose();
            _gate.Dispose();
        }
    }

    internal void OnNoToken(AccessTokenResult result)
    {
        if (result.Failure.Credential == CredentialVerdict.Stop)
        {
            _gate.Halt();
            FcmLog.KeyRefused(logger, credential, result.Failure.Reason, result.Words);
        }
        else
        {
            FcmLog.NoAccessToken(logger, credential, result.Failure.Reason, result.Words);
        }
    }

    internal void OnStopped(int status, string reason) => FcmLog.CredentialRefused(logger, credential, status, reason);

    internal void OnUnreachable(string detail) => FcmLog.Unreachable(logger, FcmProvider.EndpointOf(credential), detail);
}
