using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The circuit breaker of one app and provider.</summary>
public sealed class ProviderGateTests : IDisposable
{
    private static readonly AttemptResult s_accepted = new(OutcomeKind.Accepted);
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");

    private static readonly AttemptResult s_outOfReach = new(OutcomeKind.Unavailable, GatewayReasons.ConnectionFailed);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DispatchOptions _options = new() { UnavailableLimit = 5 };
    private readonly ProviderGate _gate;

    public ProviderGateTests()
    {
        _gate = Create(ProviderKind.Apns, new ApnsCredential
        {
            TeamId = "TEAM000000",
            KeyId = "KEY0000000",
            PrivateKey = "secret",
            BundleId = "com.example",
            Environment = DeviceEnvironment.Production,
            Version = 1,
        });
        Report(s_accepted);
    }

    [Fact]
    public void Report_FailuresInARow_CloseItAndOneProbeAtATimeMayPass()
    {
        Report(s_unavailable, s_unavailable, s_unavailable, s_unavailable);
        Assert.True(_gate.IsRunning);
        Report(s_unavailable);
        Assert.Equal(ProviderState.BackingOff, _gate.Health.State);
        Assert.Equal(0, _gate.Admits(1_000, _time.GetUtcNow(), out var retryAt));

        Assert.Equal(10, _gate.Admits(1_000, retryAt, out _));
        _gate.Enter(10, isProbe: true);
        Assert.Equal(0, _gate.Admits(1_000, retryAt, out _));
        _gate.Leave();
        Report(s_accepted);

        Assert.Equal(1_000, _gate.Admits(1_000, retryAt, out _));
    }

    /// <summary>With few devices it would take long until there are enough of them to tell.</summary>
    [Fact]
    public void Report_NoConnectionToBeHad_ClosesItAtOnce()
    {
        Report(s_outOfReach, s_accepted);
        Assert.True(_gate.IsRunning);

        Report(s_outOfReach);

        Assert.Equal((ProviderState.BackingOff, GatewayReasons.ConnectionFailed), (_gate.Health.State, _gate.Health.Reason));
    }

    [Fact]
    public void Report_AnythingElseBetween_KeepsItOpen()
    {
        for (var number = 0; number < 20; number++)
        {
            Report(s_unavailable, s_unavailable, s_unavailable, s_unavailable, new AttemptResult(OutcomeKind.Rejected, "BadTopic"));
        }

        Assert.True(_gate.IsRunning);
    }

    /// <summary>With hundreds of pushes on a connection, the end of one would else stop a provider that is well.</summary>
    [Fact]
    public void Report_ManyLostWithTheirConnection_CountAsOneFailure()
    {
        var lost = new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true, Scope = OutcomeScope.Connection };
        AttemptResult[] page = [.. Enumerable.Repeat(lost, 100)];

        for (var pages = 0; pages < 4; pages++)
        {
            Report(page);
        }

        Assert.True(_gate.IsRunning);
        Report(page);
        Assert.Equal((ProviderState.BackingOff, GatewayReasons.ConnectionLost), (_gate.Health.State, _gate.Health.Reason));

        // On trial nothing else is needed to stay closed.
        Report(page[..10]);
        Assert.Equal(ProviderState.BackingOff, _gate.Health.State);
        Report([.. page, s_accepted]);
        Assert.True(_gate.IsRunning);
    }

    [Fact]
    public void Report_WaitOfOneDevice_IsNotTheProvidersWait()
    {
        var longWait = new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { RetryAfter = TimeSpan.FromHours(1) };
        Report(longWait, s_unavailable, s_unavailable, s_unavailable, s_unavailable);

        Assert.InRange(_gate.Health.RetryAt!.Value - _time.GetUtcNow(), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Report_AnswersBetweenFailures_BeginTheCountAnew()
    {
        for (var number = 0; number < 5; number++)
        {
            Report(s_unavailable, s_unavailable, s_unavailable, s_unavailable);
            Report(s_accepted);
        }

        Report(s_unavailable, s_unavailable, s_unavailable, s_unavailable);
        Assert.True(_gate.IsRunning);
        Report(s_unavailable);
        Assert.False(_gate.IsRunning);
    }

    [Fact]
    public void Report_BatchThatFailedBeforeItsEnd_ClosesItThoughSomeWereAccepted()
    {
        _gate.Report([s_accepted, s_unavailable, s_accepted], credentialVersion: 1, isFailing: true);

        Assert.Equal(ProviderState.BackingOff, _gate.Health.State);
    }

    [Fact]
    public void Report_EverybodyIsAskedToWait_AdmitsNobodyForThatLong()
    {
        using var gate = Create(ProviderKind.Fcm, Fcm(messagesPerMinute: 600_000));
        var throttled = new AttemptResult(OutcomeKind.Throttled, "RATE_LIMIT_EXCEEDED") { Scope = OutcomeScope.Everybody, RetryAfter = TimeSpan.FromSeconds(20) };
        gate.Report([s_accepted], credentialVersion: 1, isFailing: false);
        Assert.Equal(10, gate.Admits(10, _time.GetUtcNow(), out _));

        gate.Report([s_accepted, throttled, s_accepted], credentialVersion: 1, isFailing: false);

        Assert.Equal(0, gate.Admits(10, _time.GetUtcNow(), out var retryAt));
        Assert.InRange(retryAt - _time.GetUtcNow(), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.1));
        _time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.Equal(0, gate.Admits(10, _time.GetUtcNow(), out _));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(10, gate.Admits(10, _time.GetUtcNow(), out _));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(10, false)]
    [InlineData(9, false)]
    public void Report_MoreThanATenthIsTooFast_CutsTheQuotasRate(int throttled, bool isCut)
    {
        using var gate = Create(ProviderKind.Fcm, Fcm(messagesPerMinute: 600_000));
        var pace = gate.Enter(0, isProbe: false)!;
        var before = pace.Level;

        gate.Report(
            [.. Enumerable.Repeat(s_accepted, 100 - throttled), .. Enumerable.Repeat(new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED"), throttled)],
            credentialVersion: 1, isFailing: false);

        Assert.Equal(isCut, pace.Level < before);
    }

    [Fact]
    public void Report_StrangersToAProvedCredential_SayNothingAboutIt()
    {
        var stranger = new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine };
        Report([.. Enumerable.Repeat(stranger, 2 * _options.SuspectTokenLimit)]);

        Assert.True(_gate.IsRunning);
    }

    [Fact]
    public void Report_AnswersToAReplacedCredential_SayNothingAboutTheNewOne()
    {
        using var gate = Create(ProviderKind.Fcm, Fcm(version: 2));

        Assert.False(gate.Report([s_accepted], credentialVersion: 1, isFailing: false));
        Assert.False(gate.Report([new AttemptResult(OutcomeKind.Unauthorized, "PERMISSION_DENIED") { Credential = CredentialVerdict.Stop }], credentialVersion: 1, isFailing: false));

        Assert.Equal((true, true, false), (gate.IsRunning, gate.IsOnTrial, gate.IsProved));
    }

    [Fact]
    public void TakeRepeats_BudgetAllowsFewer_GivesBackTheRest()
    {
        _options.RetryBudgetFloor = 2;
        var (eventPace, appPace) = (new TokenBucket(10, 10, _time.GetUtcNow()), new TokenBucket(10, 10, _time.GetUtcNow()));
        using var gate = Create(ProviderKind.Fcm, Fcm(messagesPerMinute: 600), appPace);

        Assert.Equal(2, gate.TakeRepeats(7, eventPace, out var quota));

        Assert.Equal((8, 8, 8), (eventPace.TakeUpTo(100, _time.GetUtcNow()), appPace.TakeUpTo(100, _time.GetUtcNow()), quota!.ReserveUpTo(100)));
    }

    [Fact]
    public void Report_ProvidersRuleHasALeastWait_IsKept()
    {
        Report([.. Enumerable.Repeat(s_unavailable with { MinimumWait = TimeSpan.FromSeconds(10) }, 5)]);

        Assert.Equal(TimeSpan.FromSeconds(10), _gate.Health.RetryAt - _time.GetUtcNow());
    }

    [Fact]
    public void Close_AgainAndAgain_WaitsLongerUntilItHasBeenWellForLong()
    {
        Assert.InRange(CloseAndOpen(), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
        Assert.InRange(CloseAndOpen(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.InRange(CloseAndOpen(), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));

        _time.Advance(_options.ProbeIntervalLimit);
        Report(s_accepted);

        Assert.InRange(CloseAndOpen(), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Halt_WhatIsBeingSent_StopsAndWhatComesAfterDoesNot()
    {
        var sending = _gate.Sending;

        _gate.Halt();

        Assert.True(sending.IsCancellationRequested);
        Assert.False(_gate.Sending.IsCancellationRequested);
        Assert.True(_gate.IsRunning);
    }

    public void Dispose() => _gate.Dispose();

    private TimeSpan CloseAndOpen()
    {
        Report(s_unavailable, s_unavailable, s_unavailable, s_unavailable, s_unavailable);
        var wait = _gate.Health.RetryAt!.Value - _time.GetUtcNow();
        _time.Advance(wait);
        Report(s_accepted);
        Assert.True(_gate.IsRunning);
        return wait;
    }

    private static FcmCredential Fcm(int messagesPerMinute = 600_000, int version = 1) =>
        new() { ServiceAccountJson = "{}", ProjectId = "p", ClientEmail = "e", MessagesPerMinute = messagesPerMinute, Version = version };

    private ProviderGate Create(ProviderKind provider, ProviderCredential credential, TokenBucket? appPace = null)
    {
        var options = Options.Create(_options);
        var gate = new ProviderGate(
            new ScriptedProvider(provider), _options, new RetrySchedule(options, new Random(1)), new RetryBudget(options, _time).CreateShare(),
            new QuotaPaces(options, _time), _ => { }, _time, NullLogger.Instance);
        var app = new App
        {
            Key = 1,
            Id = "app",
            Name = "App",
            CreatedAt = _time.GetUtcNow(),
            Credentials = new Dictionary<ProviderKind, ProviderCredential> { [provider] = credential },
        };
        gate.Refresh(app, appPace);
        return gate;
    }

    private void Report(params AttemptResult[] results) => _gate.Report(results, credentialVersion: 1, isFailing: false);
}
