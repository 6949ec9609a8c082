using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Server.Tests.Api;

/// <summary>Bodies that are no good as bodies, whatever they say.</summary>
public sealed class BodyTests(GatewayFixture fixture)
{
    private const long HundredMegabytes = 100_000_000;

    [Theory]
    [InlineData("", "body.missing")]
    [InlineData("   ", "json.malformed")]
    [InlineData("{", "json.malformed")]
    [InlineData("{\"type\":\"x\",}", "json.malformed")]
    [InlineData("{\"type\":'x'}", "json.malformed")]
    [InlineData("{} {}", "json.malformed")]
    [InlineData("// comment\n{}", "json.malformed")]
    [InlineData("{\"type\":\"\\ud800\"}", "json.malformed")]
    [InlineData("{\"\\udc00\":1}", "json.malformed")]
    [InlineData("{\"type\":NaN}", "json.malformed")]
    public async Task Publish_MalformedBody_SaysWhere(string body, string code)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostTextAsync($"{app.Path}/events", body)).ExpectProblem(400, code, "$");
        fixture.Gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Publish_MalformedBody_NamesLineAndByte()
    {
        var app = await fixture.CreateAppAsync();
        var answer = (await app.Publish.PostTextAsync($"{app.Path}/events", "{\n  \"type\": x\n}")).ExpectProblem(400, "json.malformed", "$");
        Assert.Contains("line 2, byte 11", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_InvalidUtf8_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        byte[] body = [.. "{\"type\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        (await app.Publish.PostBytesAsync($"{app.Path}/events", body)).ExpectProblem(400, "json.invalidUtf8", "$");
    }

    [Theory]
    [InlineData(33, "json.tooDeep")]
    [InlineData(100_000, "json.tooDeep")]
    public async Task Publish_DeepJson_IsRefused(int depth, string code)
    {
        var app = await fixture.CreateAppAsync();
        var body = string.Concat(Enumerable.Repeat("{\"fcm\":", depth)) + "1" + new string('}', depth);
        (await app.Publish.PostTextAsync($"{app.Path}/events", body)).ExpectProblem(400, code, "$");
    }

    [Fact]
    public async Task Publish_AsDeepAsAllowed_IsReadAndJudgedByItsFields()
    {
        var app = await fixture.CreateAppAsync();
        var inner = string.Concat(Enumerable.Repeat("{\"a\":", 31)) + "1" + new string('}', 31);
        Assert.NotEqual("json.tooDeep", (await app.Publish.PostTextAsync($"{app.Path}/events", $"{{\"fcm\":{inner}}}")).Code);
        fixture.Gateway.Errors.ExpectNone();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/cloudevents-batch+json")]
    public async Task Publish_WrongContentType_Is415(string contentType)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostTextAsync($"{app.Path}/events", Samples.Event().ToJsonString(), contentType)).ExpectProblem(415, "contentType.unsupported");
    }

    [Theory]
    [InlineData("/events", "application/json")]
    [InlineData("/devices/import", "application/x-ndjson")]
    public async Task Post_CompressedBody_Is415(string path, string contentType)
    {
        var app = await fixture.CreateAppAsync();
        using var content = new ByteArrayContent([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        content.Headers.ContentEncoding.Add("gzip");
        (await fixture.Admin.SendAsync(HttpMethod.Post, app.Path + path, content)).ExpectProblem(415, "contentType.unsupported");
    }

    /// <summary>Where the next request begins cannot be told after that.</summary>
    [Fact]
    public async Task Publish_BrokenChunks_IsRefusedAndTheConnectionClosed()
    {
        var answer = await ExchangeAsync(
            "Transfer-Encoding: chunked", async (stream, _) => await stream.WriteAsync("no length\r\n{}\r\n0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken));
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("request.malformed", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_WithoutBodyOrType_Is415()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/d")).ExpectProblem(415, "contentType.unsupported");
    }

    [Fact]
    public async Task Publish_BodyOverTheLimit_Is413()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["data"]!["filler"] = new string('x', 1024 * 1024);
        (await app.Publish.PostAsync($"{app.Path}/events", body)).ExpectProblem(413, "body.tooLarge");
    }

    [Fact]
    public async Task Publish_LengthOverTheLimitAnnounced_Is413BeforeAnyOfItIsSent()
    {
        var answer = await ExchangeAsync("Content-Length: 100000000", (_, _) => Task.CompletedTask);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("body.tooLarge", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_HundredMegabytesInChunks_Is413WithoutReadingItAll()
    {
        long sent = 0;
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
        var answer = await ExchangeAsync("Transfer-Encoding: chunked", async (stream, answered) =>
        {
            // Goes on until the answer has come, as a client does that looks for one while it writes.
            while (!answered() && sent < HundredMegabytes)
            {
                await stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
                sent += chunk.Length;
            }
        });
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("body.tooLarge", answer, StringComparison.Ordinal);
        Assert.InRange(sent, 1, HundredMegabytes - 1);
    }

    [Fact]
    public async Task Publish_TooLargeFromAClientThatWritesAllBeforeItReads_GetsTheAnswerAllTheSame()
    {
        var app = await fixture.CreateAppAsync();
        using var content = new EndlessContent(20_000_000);
        (await app.Publish.SendAsync(HttpMethod.Post, $"{app.Path}/events", content)).ExpectProblem(413, "body.tooLarge");
    }

    private async Task<string> ExchangeAsync(string framing, Func<Stream, Func<bool>, Task> write)
    {
        var app = await fixture.CreateAppAsync();
        var key = app.Publish.Http.DefaultRequestHeaders.Authorization!.Parameter;
        using var socket = new TcpClient();
        await socket.ConnectAsync(fixture.Gateway.Address.Host, fixture.Gateway.Address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST {app.Path}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        var buffer = new byte[64 * 1024];
        var reading = stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask();
        await write(stream, () => reading.IsCompleted);
        var length = await reading;
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        while (!text.Contains("body.tooLarge", StringComparison.Ordinal) && (length = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            text += Encoding.UTF8.GetString(buffer, 0, length);
        }

        return text;
    }

    private sealed class EndlessContent : HttpContent
    {
        private readonly long _length;

        public EndlessContent(long length)
        {
            _length = length;
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[64 * 1024];
            block.AsSpan().Fill((byte)' ');
            for (long sent = 0; sent < _length; sent += block.Length)
            {
                await stream.WriteAsync(block, TestContext.Current.CancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
