using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core;
using PushGateway.Core.Providers;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Apns;

public sealed class ApnsCredentialTests
{
    public static TheoryData<string, Func<ApnsCredential, ApnsCredential>> BadFields => new()
    {
        { "teamId", it => it with { TeamId = "short" } },
        { "teamId", it => it with { TeamId = "team000001" } },
        { "keyId", it => it with { KeyId = "KEY00000011" } },
        { "privateKey", it => it with { PrivateKey = "" } },
        { "privateKey", it => it with { PrivateKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" } },
        { "privateKey", it => it with { PrivateKey = ECDsa.Create(ECCurve.NamedCurves.nistP384).ExportPkcs8PrivateKeyPem() } },
        { "privateKey", it => it with { PrivateKey = RSA.Create(2048).ExportPkcs8PrivateKeyPem() } },
        { "privateKey", it => it with { PrivateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportSubjectPublicKeyInfoPem() } },
        { "bundleId", it => it with { BundleId = "com example" } },
        { "bundleId", it => it with { BundleId = "" } },
        { "environment", it => it with { Environment = DeviceEnvironment.Unspecified } },
        { "endpoint", it => it with { Endpoint = new Uri("http://127.0.0.1") } },
        { "trustedCertificates", it => it with { TrustedCertificates = "no certificate" } },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public void ValidateCredential_BadField_IsNamed(string field, Func<ApnsCredential, ApnsCredential> change)
    {
        using var rig = new Rig();
        var provider = rig.CreateApns();
        var credential = change(Rig.CreateApnsCredential());

        Assert.Equal(field, Assert.Throws<InvalidCredentialException>(() => provider.ValidateCredential(credential)).Field);
        Assert.Equal(field, Assert.Throws<InvalidCredentialException>(() => provider.CreateSender(credential)).Field);
    }

    [Fact]
    public void ValidateCredential_GoodCredential_Passes()
    {
        using var rig = new Rig();
        rig.CreateApns().ValidateCredential(Rig.CreateApnsCredential());
    }

    [Theory]
    [InlineData(200, "", "ok")]
    [InlineData(400, "BadDeviceToken", "ok")]
    [InlineData(400, "DeviceTokenNotForTopic", "ok")]
    [InlineData(410, "Unregistered", "ok")]
    [InlineData(400, "TopicDisallowed", "topic.disallowed")]
    [InlineData(403, "InvalidProviderToken", "credential.refused")]
    [InlineData(403, "ExpiredProviderToken", "clock.skewed")]
    [InlineData(403, "Forbidden", "credential.refused")]
    [InlineData(403, "BadEnvironmentKeyInToken", "environment.mismatch")]
    [InlineData(403, "BadEnvironmentKeyIdInToken", "environment.mismatch")]
    [InlineData(429, "TooManyProviderTokenUpdates", "provider.unavailable")]
    [InlineData(503, "ServiceUnavailable", "provider.unavailable")]
    [InlineData(404, "", "provider.unavailable")]
    public async Task CheckAsync_Answer_IsSaidInWords(int status, string reason, string code)
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(status, reason.Length == 0 ? "" : $$"""{"reason":"{{reason}}"}""");

        var check = await rig.CreateApns().CheckAsync(Rig.CreateApnsCredential(server.Endpoint), TestContext.Current.CancellationToken);

        Assert.Equal((code, code == "ok"), (check.Code, check.Ok));
        Assert.NotEmpty(check.Message);
        Assert.Equal("background", Assert.Single(server.Requests).Headers["apns-push-type"]);
    }

    [Fact]
    public async Task CheckAsync_RefusedAndClocksApart_BlamesTheClock()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            context.Response.Headers.Date = "Tue, 01 Jan 2030 02:00:00 GMT";
            return StubServer.WriteAsync(context, 403, """{"reason":"InvalidProviderToken"}""");
        });

        var check = await rig.CreateApns().CheckAsync(Rig.CreateApnsCredential(server.Endpoint), TestContext.Current.CancellationToken);

        Assert.Equal(("clock.skewed", "InvalidProviderToken"), (check.Code, check.Reason));
        Assert.Contains("120 minutes", check.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_UntrustedOrUnreachable_SaysSo()
    {
        using var rig = new Rig();
        var provider = rig.CreateApns();
        await using var server = await StubServer.StartAsync(200, "");
        var untrusted = await provider.CheckAsync(Rig.CreateApnsCredential(server.Endpoint) with { TrustedCertificates = null }, TestContext.Current.CancellationToken);
        await server.DisposeAsync();
        var unreachable = await provider.CheckAsync(Rig.CreateApnsCredential(server.Endpoint), TestContext.Current.CancellationToken);

        Assert.Equal(("endpoint.untrusted", "endpoint.unreachable"), (untrusted.Code, unreachable.Code));
    }

    [Fact]
    public async Task CheckAsync_AgainAndAgain_UsesOneProviderToken()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        var provider = rig.CreateApns();
        for (var count = 0; count < 3; count++)
        {
            await provider.CheckAsync(Rig.CreateApnsCredential(server.Endpoint), TestContext.Current.CancellationToken);
        }

        Assert.Single(server.Requests.Select(request => request.Headers["authorization"]).Distinct());
    }
}
