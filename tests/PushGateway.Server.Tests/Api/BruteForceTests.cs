using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Server.Tests.Api;

/// <summary>Wrong keys, strange addresses and too much of everything.</summary>
public sealed class BruteForceTests
{
    private const string Wrong = "no-such-key-no-such-key-no-such-key";

    [Fact]
    public async Task WrongKeys_MoreThanAllowed_Are429AndSoIsTheRightKey()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:FailedKeysPerMinute"] = "5" });
        for (var number = 0; number < 5; number++)
        {
            (await gateway.Client(Wrong).GetAsync("/v1/apps")).ExpectProblem(401, "key.unknown");
        }

        var limited = (await gateway.Client(Wrong).GetAsync("/v1/apps")).ExpectProblem(429, "key.tooManyFailures");
        Assert.InRange(int.Parse(limited.Headers["Retry-After"]), 1, 12);
        (await gateway.Client(GatewayFixture.AdminKey).GetAsync("/v1/apps")).ExpectProblem(429, "key.tooManyFailures");
        (await gateway.Client(null).GetAsync("/healthz")).Expect(200);
        (await gateway.Client(null).GetAsync("/v1/apps")).ExpectProblem(401, "key.missing");
    }

    [Fact]
    public async Task OtherCredentials_MoreThanAllowed_CountAsWrongKeys()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:FailedKeysPerMinute"] = "2" });
        for (var number = 0; number < 2; number++)
        {
            (await GetWithPasswordAsync(gateway)).ExpectProblem(401, "key.unknown");
        }

        (await GetWithPasswordAsync(gateway)).ExpectProblem(429, "key.tooManyFailures");

        static Task<Answer> GetWithPasswordAsync(TestGateway gateway) =>
            gateway.Client(null).SendAsync(HttpMethod.Get, "/v1/apps", null, ("Authorization", "Basic YWRtaW46YWRtaW4="));
    }

    /// <summary>Not this machine either, unless the operator says so: anybody on it could name any address.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://[::1]:0")]
    public async Task ForwardedFor_OfAPeerThatIsNotTrusted_IsIgnored(string urls)
    {
        await using var gateway = await TestGateway.StartAsync(
            new() { ["urls"] = urls, ["PushGateway:Api:FailedKeysPerMinute"] = "2", ["PushGateway:Api:TrustedProxies:0"] = "10.0.0.0/8" });
        (await GetAsync(gateway, Wrong, "198.51.100.1")).ExpectProblem(401, "key.unknown");
        (await GetAsync(gateway, Wrong, "198.51.100.2")).ExpectProblem(401, "key.unknown");
        (await GetAsync(gateway, Wrong, "198.51.100.3")).ExpectProblem(429, "key.tooManyFailures");
    }

    [Fact]
    public async Task ForwardedFor_OfATrustedProxy_IsWhoIsCounted()
    {
        await using var gateway = await TestGateway.StartAsync(
            new() { ["PushGateway:Api:FailedKeysPerMinute"] = "2", ["PushGateway:Api:TrustedProxies:0"] = "127.0.0.1", ["PushGateway:Api:TrustedProxies:1"] = "10.0.0.0/8" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        for (var number = 0; number < 2; number++)
        {
            (await GetAsync(gateway, Wrong, "198.51.100.7, 10.1.1.1")).ExpectProblem(401, "key.unknown");
        }

        (await GetAsync(gateway, Wrong, "198.51.100.7, 10.1.1.1")).ExpectProblem(429, "key.tooManyFailures");
        (await GetAsync(gateway, Wrong, "203.0.113.9, 198.51.100.7, 10.1.1.1")).ExpectProblem(429, "key.tooManyFailures");
        (await GetAsync(gateway, Wrong, "198.51.100.8, 10.1.1.1")).ExpectProblem(401, "key.unknown");
        (await admin.GetAsync("/v1/apps")).Expect(200);
    }

    [Fact]
    public async Task ForwardedFor_WithoutATrustedProxy_IsIgnored()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:FailedKeysPerMinute"] = "2" });
        (await GetAsync(gateway, Wrong, "198.51.100.1")).ExpectProblem(401, "key.unknown");
        (await GetAsync(gateway, Wrong, "198.51.100.2")).ExpectProblem(401, "key.unknown");
        (await GetAsync(gateway, Wrong, "198.51.100.3")).ExpectProblem(429, "key.tooManyFailures");
    }

    [Fact]
    public async Task Connections_MoreThanAllowed_AreClosed()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:MaxConnections"] = "10" });
        var open = new List<TcpClient>();
        try
        {
            for (var number = 0; number < 10; number++)
            {
                var connection = new TcpClient();
                await connection.ConnectAsync(IPAddress.Loopback, gateway.Address.Port, TestContext.Current.CancellationToken);
                open.Add(connection);
                Assert.StartsWith("HTTP/1.1 200", await AskAsync(connection), StringComparison.Ordinal);
            }

            using var further = new TcpClient();
            await further.ConnectAsync(IPAddress.Loopback, gateway.Address.Port, TestContext.Current.CancellationToken);
            Assert.Equal(string.Empty, await AskAsync(further));
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task Headers_LargerThanAllowed_Are431()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:MaxHeaderBytes"] = "4096" });
        var answer = await gateway.Client(null).SendAsync(HttpMethod.Get, "/healthz", null, ("X-Large", new string('x', 6_000)));
        Assert.Equal(431, answer.Status);
        (await gateway.Client(null).GetAsync("/healthz")).Expect(200);
    }

    [Theory]
    [InlineData("PushGateway:Api:FailedKeysPerMinute", "-1")]
    [InlineData("PushGateway:Api:MaxConnections", "1")]
    [InlineData("PushGateway:Api:MaxHeaderBytes", "10")]
    [InlineData("PushGateway:Api:TrustedProxies:0", "proxy.internal")]
    public async Task Start_InvalidSetting_FailsNamingTheKey(string key, string value)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var gateway = await TestGateway.StartAsync(new() { [key] = value });
        });
        Assert.Contains(key.Replace(":0", "", StringComparison.Ordinal), failure.Message, StringComparison.Ordinal);
    }

    private static Task<Answer> GetAsync(TestGateway gateway, string key, string forwardedFor) =>
        gateway.Client(key).SendAsync(HttpMethod.Get, "/v1/apps", null, ("X-Forwarded-For", forwardedFor));

    /// <returns>The answer's head, or nothing when the connection was closed.</returns>
    private static async Task<string> AskAsync(TcpClient connection)
    {
        try
        {
            await connection.GetStream().WriteAsync("GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var answer = new byte[4_096];
            return Encoding.ASCII.GetString(answer, 0, await connection.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken));
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
