using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Core;
using PushGateway.Core.Providers;
using PushGateway.Providers.Fcm;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Fcm;

public sealed class FcmCredentialTests
{
    private static readonly Uri s_tokenUri = new("https://oauth2.example/token");

    [Theory]
    [InlineData("type", "authorized_user")]
    [InlineData("type", null)]
    [InlineData("project_id", "")]
    [InlineData("project_id", "a/b")]
    [InlineData("client_email", null)]
    [InlineData("private_key_id", null)]
    [InlineData("private_key", "not a key")]
    [InlineData("private_key", null)]
    [InlineData("token_uri", "http://oauth2.example/token")]
    [InlineData("token_uri", "/token")]
    public void ParseCredential_BadField_IsNamed(string field, string? value)
    {
        var keyFile = JsonNode.Parse(Rig.CreateKeyFile(s_tokenUri).GetRawText())!;
        keyFile[field] = value;
        using var json = JsonDocument.Parse(keyFile.ToJsonString());

        Assert.Equal("serviceAccount." + field, Assert.Throws<InvalidCredentialException>(() => FcmServiceAccount.ParseCredential(json.RootElement)).Field);
    }

    [Fact]
    public void ParseCredential_EllipticKey_IsRefused()
    {
        var keyFile = JsonNode.Parse(Rig.CreateKeyFile(s_tokenUri).GetRawText())!;
        keyFile["private_key"] = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem();
        using var json = JsonDocument.Parse(keyFile.ToJsonString());

        Assert.Equal("serviceAccount.private_key", Assert.Throws<InvalidCredentialException>(() => FcmServiceAccount.ParseCredential(json.RootElement)).Field);
    }

    [Fact]
    public void ValidateCredential_BadEndpointOrCertificate_IsNamed()
    {
        using var rig = new Rig();
        var provider = rig.CreateFcm();
        var good = Rig.CreateFcmCredential(null, null);
        provider.ValidateCredential(good);

        string FieldOf(FcmCredential credential) => Assert.Throws<InvalidCredentialException>(() => provider.ValidateCredential(credential)).Field;
        Assert.Equal("endpoint", FieldOf(good with { Endpoint = new Uri("https://x/y") }));
        Assert.Equal("trustedCertificates", FieldOf(good with { TrustedCertificates = "x" }));
        Assert.Equal("serviceAccount", FieldOf(good with { ServiceAccountJson = "{" }));
        Assert.Equal("messagesPerMinute", FieldOf(good with { MessagesPerMinute = 0 }));
    }

    public static TheoryData<int, string, string> Answers => new()
    {
        { 200, "{}", "ok" },
        { 400, FcmSenderTests.Error(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", FcmSenderTests.Fcm("INVALID_ARGUMENT")), "ok" },
        { 404, FcmSenderTests.Error(404, "NOT_FOUND", "x", FcmSenderTests.Fcm("UNREGISTERED")), "ok" },
        { 404, FcmSenderTests.Error(404, "NOT_FOUND", "x"), "project.unknown" },
        { 403, FcmSenderTests.Error(403, "PERMISSION_DENIED", "x"), "permission.denied" },
        { 403, FcmSenderTests.Error(403, "PERMISSION_DENIED", "x", FcmSenderTests.Info("SERVICE_DISABLED")), "permission.denied" },
        { 401, FcmSenderTests.Error(401, "UNAUTHENTICATED", "x"), "credential.refused" },
        { 429, FcmSenderTests.Error(429, "RESOURCE_EXHAUSTED", "x"), "provider.unavailable" },
        { 503, "", "provider.unavailable" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task CheckAsync_Answer_IsSaidInWords(int status, string body, string code)
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync((_, context) => StubServer.WriteAsync(context, status, body));

        var check = await rig.CreateFcm().CheckAsync(google.Credential, TestContext.Current.CancellationToken);

        Assert.Equal((code, code == "ok"), (check.Code, check.Ok));
        Assert.Contains("\"validate_only\":true", Assert.Single(google.Messages).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""", "credential.refused")]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}""", "clock.skewed")]
    [InlineData(503, "", "provider.unavailable")]
    public async Task CheckAsync_NoAccessToken_IsSaidInWords(int status, string body, string code)
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync(token: (_, context) => StubServer.WriteAsync(context, status, body));

        var check = await rig.CreateFcm().CheckAsync(google.Credential, TestContext.Current.CancellationToken);

        Assert.Equal((code, false), (check.Code, check.Ok));
        Assert.Empty(google.Messages);
    }

    [Fact]
    public async Task CheckAsync_UntrustedOrUnreachable_SaysSo()
    {
        using var rig = new Rig();
        var provider = rig.CreateFcm();
        await using var google = await GoogleStub.StartAsync();
        var untrusted = await provider.CheckAsync(google.Credential with { TrustedCertificates = null }, TestContext.Current.CancellationToken);
        var credential = google.Credential;
        await google.DisposeAsync();
        var unreachable = await provider.CheckAsync(credential, TestContext.Current.CancellationToken);

        Assert.Equal(("endpoint.untrusted", "endpoint.unreachable"), (untrusted.Code, unreachable.Code));
    }
}
