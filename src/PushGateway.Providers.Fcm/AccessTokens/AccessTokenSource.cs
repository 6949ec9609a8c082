using System.Buffers.Text;
using System.Net;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Requests;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>Keeps an access token for a service account at hand. Safe for concurrent use: whoever needs a new one at the same time shares one request.</summary>
internal sealed class AccessTokenSource : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/firebase.messaging";

    // A token is not handed out when it may end on the way to Google.
    private static readonly TimeSpan s_leastLife = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_assertionLife = TimeSpan.FromHours(1);

    // A clock that is a little fast would otherwise sign in from the future.
    private static readonly TimeSpan s_backdating = TimeSpan.FromSeconds(10);

    private static readonly string[] s_knownErrors =
        ["invalid_grant", "invalid_client", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type", "access_denied"];

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ReasonVocabulary _vocabulary = new(s_knownErrors);
    private readonly FcmServiceAccount _account;
    private readonly TimeProviderClock _clock;
    private readonly ServiceAccountCredential _credential;
    private readonly ResiliencePipeline _pipeline;
    private readonly HeaderIndexing _indexing;
    private readonly TimeSpan _margin;
    private readonly TimeProvider _timeProvider;
    private volatile AccessToken? _current;
    private Task<AccessTokenResult>? _refresh;

    public AccessTokenSource(FcmServiceAccount account, TrustedCertificates trusted, FcmOptions options, OutboundPolicy outbound, TimeProvider timeProvider)
    {
        (_account, _margin, _indexing) = (account, options.TokenRefreshMargin, options.AuthorizationIndexing);
        (_timeProvider, _clock) = (timeProvider, new TimeProviderClock(timeProvider));
        _credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(account.ClientEmail, account.TokenUri.OriginalString)
        {
            Clock = _clock,
            // Retries are the pipeline's, with jitter and a time-out for each.
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
            HttpClientFactory = new TokenHttpClientFactory(
                trusted, PostProxy.Parse(options.Proxy), options.ConnectTimeout, FcmDestinations.IsGoogles(account.TokenUri) ? null : outbound.ConnectAsync),
            KeyId = account.PrivateKeyId,
        }.FromPrivateKey(account.PrivateKey));
        _pipeline = CreatePipeline(options, timeProvider);
    }

    /// <summary>The present token, or a new one when its end is near.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up waiting; the request goes on for others.</exception>
    public ValueTask<AccessTokenResult> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } current && LifeOf(current) > _margin)
        {
            return ValueTask.FromResult(new AccessTokenResult(current));
        }

        return new ValueTask<AccessTokenResult>(RefreshAsync(cancellationToken));
    }

    /// <summary>FCM refused this token: the next one asked for is new.</summary>
    public void Refuse(AccessToken token)
    {
        lock (_lock)
        {
            if (_current == token)
            {
                _current = null;
            }
        }
    }

    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
        _credential.HttpClient.Dispose();
    }

    private TimeSpan LifeOf(AccessToken token) => token.ExpiresAt - _timeProvider.GetUtcNow();

    private async Task<AccessTokenResult> RefreshAsync(CancellationToken cancellationToken)
    {
        Task<AccessTokenResult> refresh;
        lock (_lock)
        {
            if (_refresh is null || _refresh.IsCompleted)
            {
                if (_current is { } other && LifeOf(other) > _margin)
                {
                    return new AccessTokenResult(other);
                }

                _refresh = RequestAsync(_closing.Token);
            }

            refresh = _refresh;
        }

        var result = await refresh.WaitAsync(cancellationToken);

        // The old token still works for a while when a new one cannot be had just now.
        return result is { Token: null, Failure.Outcome: OutcomeKind.Unavailable } && _current is { } current && LifeOf(current) > s_leastLife
            ? new AccessTokenResult(current)
            : result;
    }

    private async Task<AccessTokenResult> RequestAsync(CancellationToken closing)
    {
        // Off the caller's lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var asked = _timeProvider.GetUtcNow();
            var response = await _pipeline.ExecuteAsync(RequestOnceAsync, closing);
            if (string.IsNullOrEmpty(response.AccessToken) || !HeaderBlock.IsValue(response.AccessToken))
            {
                return Unavailable(GatewayReasons.UnknownReason, "The token endpoint answered without an access token.");
            }

            var token = new AccessToken(response.AccessToken, asked.AddSeconds(response.ExpiresInSeconds ?? 0), _indexing);
            _current = token;
            return new AccessTokenResult(token);
        }
        catch (TokenResponseException exception)
        {
            return Explain(exception);
        }
        catch (HttpRequestException exception) when (exception.StatusCode is not null)
        {
            return Unavailable("UNAVAILABLE", exception.Message);
        }
        catch (HttpRequestException exception)
        {
            return Unavailable(GatewayReasons.ConnectionFailed, Innermost(exception)) with
            {
                IsUntrusted = exception.HttpRequestError == HttpRequestError.SecureConnectionError || exception.InnerException is AuthenticationException,
            };
        }
        catch (TimeoutRejectedException)
        {
            return Unavailable(GatewayReasons.Timeout, "The token endpoint did not answer in time.");
        }
        catch (OperationCanceledException) when (!closing.IsCancellationRequested)
        {
            return Unavailable(GatewayReasons.Timeout, "The token endpoint did not answer in time.");
        }
    }

    /// <remarks>The credential's own request names Google's token endpoint as the audience whatever <c>token_uri</c> says; another endpoint would refuse it.</remarks>
    private async ValueTask<TokenResponse> RequestOnceAsync(CancellationToken cancellationToken)
    {
        var request = new GoogleAssertionTokenRequest { Assertion = CreateAssertion() };
        return await request.ExecuteAsync(_credential.HttpClient, _account.TokenUri.OriginalString, cancellationToken, _clock);
    }

    private string CreateAssertion()
    {
        var issuedAt = _timeProvider.GetUtcNow() - s_backdating;
        var header = Encode(new Dictionary<string, object> { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = _account.PrivateKeyId });
        var claims = Encode(new Dictionary<string, object>
        {
            ["iss"] = _account.ClientEmail,
            ["scope"] = Scope,
            ["aud"] = _account.TokenUri.OriginalString,
            ["iat"] = issuedAt.ToUnixTimeSeconds(),
            ["exp"] = (issuedAt + s_assertionLife).ToUnixTimeSeconds(),
        });
        var signed = $"{header}.{claims}";
        var signature = Convert.FromBase64String(_credential.CreateSignature(Encoding.ASCII.GetBytes(signed)));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";

        static string Encode(Dictionary<string, object> part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
    }

    private AccessTokenResult Explain(TokenResponseException exception)
    {
        var words = exception.Error?.ErrorDescription is { Length: > 0 } description ? $"{exception.Error.Error}: {description}" : exception.Error?.Error;
        return IsPassing(exception)
            ? Unavailable("UNAVAILABLE", words ?? $"The token endpoint answered {(int?)exception.StatusCode}.")
            : new AccessTokenResult(
                null,
                new AttemptResult(OutcomeKind.Unauthorized, _vocabulary.Resolve(exception.Error?.Error)) { Credential = CredentialVerdict.Stop },
                words);
    }

    private static AccessTokenResult Unavailable(string reason, string words) => new(null, new AttemptResult(OutcomeKind.Unavailable, reason), words);

    private static string Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception.Message;

    private static bool IsPassing(TokenResponseException exception) =>
        exception.StatusCode is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or < HttpStatusCode.BadRequest or >= HttpStatusCode.InternalServerError;

    private static ResiliencePipeline CreatePipeline(FcmOptions options, TimeProvider timeProvider)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = timeProvider };
        if (options.TokenRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.TokenRetries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = options.TokenRetryDelay,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder()
                    .Handle<TokenResponseException>(IsPassing)
                    .Handle<HttpRequestException>()
                    .Handle<TimeoutRejectedException>(),
            });
        }

        return builder.AddTimeout(options.TokenRequestTimeout).Build();
    }
}
