using System.Text.Json;
using PushGateway.Core.Providers;
using PushGateway.Providers.Fcm;
using PushGateway.Providers.Tests.Doubles;
using PushGateway.Simulator;

namespace PushGateway.Providers.Tests.Simulated;

/// <summary>Both providers against the simulator, which checks signatures, topics, sizes and JSON as Apple and Google do.</summary>
public sealed class SimulatorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apns_MixedTokens_EachGetsItsOutcomeAndTheLivingAreSentOnce(bool startsWithOneStream)
    {
        await using var simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { ApnsStartsWithOneStream = startsWithOneStream }, ct: TestContext.Current.CancellationToken);
        using var rig = new Rig();
        rig.ApnsOptions.StreamsPerConnection = 200;
        var provider = rig.CreateApns();
        var credential = CredentialOf(simulator);
        await using var sender = provider.CreateSender(credential);
        List<string> living = [.. Enumerable.Range(0, 990).Select(number => $"aa{number:x62}")];
        List<string> tokens = [.. living, Token(WellKnownTokens.ApnsUnregistered), Token(WellKnownTokens.ApnsBad), Token(WellKnownTokens.ApnsOtherApp), Token(WellKnownTokens.ApnsUnavailableOnce), Token(WellKnownTokens.ApnsThrottledOnce)];
        var batch = rig.CreateBatch(provider, credential, tokens);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        AssertAllAccepted(batch.Results[..990], rig);
        Assert.Equal(
            [OutcomeKind.Unregistered, OutcomeKind.Rejected, OutcomeKind.Rejected, OutcomeKind.Unavailable, OutcomeKind.Throttled],
            batch.Results[990..].ToArray().Select(result => result.Outcome));
        Assert.NotNull(batch.Results[990].InvalidSince);
        Assert.All(living, token => Assert.Equal(1, simulator.Control.TimesAccepted(SimulatedProvider.Apns, token)));
    }

    [Fact]
    public async Task Fcm_MixedTokens_EachGetsItsOutcomeAndTheLivingAreSentOnce()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        using var rig = new Rig();
        rig.FcmOptions.Connections = 4;
        rig.FcmOptions.StreamsPerConnection = 100;
        var provider = rig.CreateFcm();
        var credential = FcmCredentialOf(simulator);
        await using var sender = provider.CreateSender(credential);
        List<string> living = [.. Enumerable.Range(0, 990).Select(number => $"device{number}:APA91bLiving")];
        List<string> tokens =
        [
            .. living, WellKnownTokens.FcmUnregistered + "x1234567", WellKnownTokens.FcmBad + "x1234567", WellKnownTokens.FcmApnsUnregistered + "x1234567",
            WellKnownTokens.FcmMismatch + "x1234567", WellKnownTokens.FcmUnavailableOnce + "x1234567", WellKnownTokens.FcmThrottledOnce + "x1234567",
        ];
        var batch = rig.CreateBatch(provider, credential, tokens);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        AssertAllAccepted(batch.Results[..990], rig);
        Assert.Equal(
            [
                (OutcomeKind.Unregistered, TokenVerdict.Remove), (OutcomeKind.Rejected, TokenVerdict.Quarantine), (OutcomeKind.Unregistered, TokenVerdict.Remove),
                (OutcomeKind.Rejected, TokenVerdict.Quarantine), (OutcomeKind.Unavailable, TokenVerdict.Keep), (OutcomeKind.Throttled, TokenVerdict.Keep),
            ],
            batch.Results[990..].ToArray().Select(result => (result.Outcome, result.Token)));
        Assert.Equal(TimeSpan.FromSeconds(1), batch.Results[995].RetryAfter);
        Assert.All(living, token => Assert.Equal(1, simulator.Control.TimesAccepted(SimulatedProvider.Fcm, token)));
    }

    [Fact]
    public async Task CheckAsync_GoodAndBadCredentials_AreToldApart()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        using var rig = new Rig();
        var apns = CredentialOf(simulator);
        var fcm = FcmCredentialOf(simulator);

        AssertCode("ok", await rig.CreateApns().CheckAsync(apns, TestContext.Current.CancellationToken));
        AssertCode("credential.refused", await rig.CreateApns().CheckAsync(apns with { PrivateKey = Rig.ApnsKey }, TestContext.Current.CancellationToken));
        AssertCode("ok", await rig.CreateFcm().CheckAsync(fcm, TestContext.Current.CancellationToken));
        AssertCode("project.unknown", await rig.CreateFcm().CheckAsync(fcm with { ProjectId = "no-such-project" }, TestContext.Current.CancellationToken));
    }

    /// <summary>Says what came instead, and what was logged.</summary>
    private static void AssertAllAccepted(ReadOnlySpan<AttemptResult> results, Rig rig)
    {
        var others = results.ToArray().Where(result => result.Outcome != OutcomeKind.Accepted).ToList();
        Assert.True(others.Count == 0, string.Join('\n', others.GroupBy(result => result).Select(group => $"{group.Count()} x {group.Key}").Concat(rig.Log.Lines)));
    }

    private static void AssertCode(string code, CredentialCheck check) => Assert.True(check.Code == code, check.ToString());

    private static string Token(string prefix) => prefix + new string('1', 64 - prefix.Length);

    private static ApnsCredential CredentialOf(ProviderSimulator simulator) => new()
    {
        TeamId = simulator.Options.TeamId,
        KeyId = simulator.Options.KeyId,
        PrivateKey = simulator.ApnsPrivateKeyPem,
        BundleId = simulator.Options.BundleId,
        Environment = DeviceEnvironment.Production,
        Endpoint = simulator.ApnsEndpoint,
        TrustedCertificates = simulator.TrustedCertificatePem,
    };

    private static FcmCredential FcmCredentialOf(ProviderSimulator simulator)
    {
        using var keyFile = JsonDocument.Parse(simulator.ServiceAccountJson);
        return FcmServiceAccount.ParseCredential(keyFile.RootElement) with
        {
            Endpoint = simulator.FcmEndpoint,
            TrustedCertificates = simulator.TrustedCertificatePem,
        };
    }
}
