using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Core.Devices;

namespace PushGateway.Server.Tests.Api;

public sealed class ImportTests(GatewayFixture fixture)
{
    private const string Ndjson = "application/x-ndjson";

    private static readonly string[] s_counts = ["received", "created", "updated", "unchanged", "rejected"];

    [Fact]
    public async Task Import_GoodAndBadLines_CountsEachAndNamesTheBad()
    {
        var app = await fixture.CreateAppAsync();
        var lines = string.Join('\n',
            Line(1, channels: "news"),
            "not json",
            Line(2, channels: "news"),
            """{"device":"d3","provider":"apns","token":"zz"}""",
            "",
            """{"device":"d4","provider":"apns","token":""",
            """{"device":"a b","provider":"fcm","token":"longenough"}""",
            """{"device":"d5","provider":"fcm","token":"longenough","colour":"red"}""",
            """{"device":"d6","provider":"fcm","token":"longenough","device":"d7"}""",
            """{"device":"d8","provider":"fcm","token":"longenough","channels":"news"}""",
            """{"device":"d9","provider":"fcm","token":"longenough"} {}""",
            """{"device":"d10","provider":"fcm","token":"\ud800ongenough"}""",
            """{"device":"d11","provider":"fcm","token":"longenough","subscriber":null,"tags":{"plan":"pro"}}""") + "\r\n";
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import", lines, Ndjson)).Expect(200);
        Assert.Equal(
            [12L, 3L, 0L, 0L, 9L],
            s_counts.Select(name => answer.Number(name)));
        var errors = answer.Json.GetProperty("errors").EnumerateArray()
            .Select(error => (error.GetProperty("line").GetInt64(), error.GetProperty("code").GetString())).ToArray();
        Assert.Equal(
            [
                (2L, "json.malformed"), (4L, "token.invalid"), (6L, "json.malformed"), (7L, "id.invalid"), (8L, "json.unknownField"),
                (9L, "json.duplicateField"), (10L, "json.wrongType"), (11L, "json.malformed"), (12L, "json.malformed"),
            ],
            errors);
        Assert.Equal(2, (await app.Read.GetAsync($"{app.Path}/channels/news")).Number("subscribers"));
        Assert.Equal("pro", (await app.Read.GetAsync($"{app.Path}/devices/d11")).Expect(200).Text("tags", "plan"));
        fixture.Gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Import_LastLineCutInHalf_IsRejectedAndTheOthersKept()
    {
        var app = await fixture.CreateAppAsync();
        var whole = Line(1) + "\n" + Line(2);
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import", whole[..^20], Ndjson)).Expect(200);
        Assert.Equal(1, answer.Number("created"));
        Assert.Equal(1, answer.Number("rejected"));
        Assert.Equal(2, answer.Json.GetProperty("errors")[0].GetProperty("line").GetInt64());
    }

    [Fact]
    public async Task Import_LastLineWithoutLineBreak_IsTaken()
    {
        var app = await fixture.CreateAppAsync();
        Assert.Equal(2, (await app.Devices.PostTextAsync($"{app.Path}/devices/import", Line(1) + "\n" + Line(2), Ndjson)).Expect(200).Number("created"));
    }

    [Fact]
    public async Task Import_InvalidUtf8AndOverlongLines_AreRejectedByNumber()
    {
        var app = await fixture.CreateAppAsync();
        byte[] body =
        [
            .. Encoding.UTF8.GetBytes(Line(1) + "\n"), 0x7B, 0xFF, 0xFE, 0x7D, (byte)'\n', .. Encoding.UTF8.GetBytes(new string('x', 70_000) + "\n"),
            .. Encoding.UTF8.GetBytes(new string('y', 700_000) + "\n" + Line(2) + "\n" + new string('z', 70_000)),
        ];
        var answer = (await app.Devices.PostBytesAsync($"{app.Path}/devices/import", body, Ndjson)).Expect(200);
        Assert.Equal(2, answer.Number("created"));
        Assert.Equal(
            ["2 json.invalidUtf8", "3 line.tooLong", "4 line.tooLong", "6 line.tooLong"],
            answer.Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("line")} {error.GetProperty("code")}"));
    }

    [Fact]
    public async Task Import_Repeated_ChangesNothing()
    {
        var app = await fixture.CreateAppAsync();
        var lines = string.Join('\n', Enumerable.Range(1, 10).Select(number => Line(number, channels: "news")));
        Assert.Equal(10, (await app.Devices.PostTextAsync($"{app.Path}/devices/import", lines, Ndjson)).Expect(200).Number("created"));
        Assert.Equal(10, (await app.Devices.PostTextAsync($"{app.Path}/devices/import", lines, Ndjson)).Expect(200).Number("unchanged"));
    }

    [Fact]
    public async Task Import_MoreBadLinesThanAreNamed_CountsAllAndNamesAHundred()
    {
        var app = await fixture.CreateAppAsync();
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import", string.Concat(Enumerable.Repeat("bad\n", 250)), Ndjson)).Expect(200);
        Assert.Equal(250, answer.Number("rejected"));
        Assert.Equal(100, answer.Json.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task Import_AskedForLines_NamesEveryBadOneAndEndsWithTheSummary()
    {
        const int Pairs = 5_000;
        var app = await fixture.CreateAppAsync();
        var body = string.Concat(Enumerable.Range(1, Pairs).Select(number => $"{Line(number)}\nbad\n"));

        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import", body, Ndjson, ("Accept", Ndjson))).Expect(200);

        var lines = answer.Body.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!.AsObject()).ToArray();
        Assert.Equal(Enumerable.Range(1, Pairs).Select(number => 2L * number), lines[..^1].Select(line => (long)line["line"]!));
        Assert.All(lines[..^1], static line => Assert.Equal("json.malformed", (string?)line["code"]));
        Assert.Equal([2L * Pairs, Pairs, 0L, 0L, Pairs], s_counts.Select(name => (long)lines[^1][name]!));
        Assert.Empty(lines[^1]["errors"]!.AsArray());
    }

    [Theory]
    [InlineData(1, 5, 2)]
    [InlineData(3, 4, 1)]
    [InlineData(4, 3, 1)]
    [InlineData(7, 0, 1)]
    [InlineData(8, 0, 0)]
    [InlineData(100, 0, 0)]
    public async Task Import_FromALine_LooksAtNoneBefore(long fromLine, int created, int rejected)
    {
        var app = await fixture.CreateAppAsync();
        // Lines 1, 3, 4, 5 and 6 are good, 2 and 7 are not.
        var lines = $"{Line(1)}\n{new string('x', 70_000)}\n{Line(3)}\n{Line(4)}\n{Line(5)}\n{Line(6)}\nbad";
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import?fromLine={fromLine}", lines, Ndjson)).Expect(200);
        Assert.Equal([created, rejected], [answer.Number("created"), answer.Number("rejected")]);
        if (rejected > 0)
        {
            Assert.Equal(7, answer.Json.GetProperty("errors").EnumerateArray().Last().GetProperty("line").GetInt64());
        }
    }

    [Fact]
    public async Task Import_CsvFromALine_StillReadsTheHeader()
    {
        var app = await fixture.CreateAppAsync();
        const string Csv = "token,device,provider\nlongenough1,d1,fcm\nshort,d2,fcm\nlongenough3,d3,fcm\n";
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import?fromLine=4", Csv, "text/csv")).Expect(200);
        Assert.Equal([1L, 1L, 0L, 0L, 0L], s_counts.Select(name => answer.Number(name)));
        (await app.Devices.GetAsync($"{app.Path}/devices/d3")).Expect(200);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("two")]
    [InlineData("9223372036854775808")]
    public async Task Import_FromWhatIsNoLine_IsRefusedAndNothingIsTaken(string fromLine)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PostTextAsync($"{app.Path}/devices/import?fromLine={fromLine}", Line(1), Ndjson)).ExpectProblem(400, "line.invalid", "fromLine");
        (await app.Devices.GetAsync($"{app.Path}/devices/d1")).Expect(404);
    }

    [Fact]
    public async Task Import_LargerThanOtherBodiesMayBe_IsTakenWhole()
    {
        const int Devices = 20_000;
        var app = await fixture.CreateAppAsync();
        var lines = string.Concat(Enumerable.Range(1, Devices).Select(number => Line(number, "news") + "\n"));
        Assert.True(lines.Length > 2 * 1024 * 1024);
        Assert.Equal(Devices, (await app.Devices.PostTextAsync($"{app.Path}/devices/import", lines, Ndjson)).Expect(200).Number("created"));
        Assert.Equal(Devices, (await app.Read.GetAsync($"{app.Path}/channels/news")).Number("subscribers"));
    }

    [Fact]
    public async Task Import_Csv_ReadsTheSameFields()
    {
        var app = await fixture.CreateAppAsync();
        var csv = $$"""
            device,provider,token,subscriber,channels,tags,locale
            d1,apns,{{Samples.ApnsToken(1)}},anna,news;sport,plan=pro;tier=gold,es-MX
            d2,fcm,"longenough",,,"{""plan"":""free""}",
            d3,fcm,"open quote,,,,
            d4,fcm,short,,,,
            d5,fcm
            """;
        var answer = (await app.Devices.PostTextAsync($"{app.Path}/devices/import", csv, "text/csv; charset=utf-8")).Expect(200);
        Assert.Equal(2, answer.Number("created"));
        Assert.Equal(
            ["4 csv.malformed", "5 token.invalid", "6 csv.malformed"],
            answer.Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("line")} {error.GetProperty("code")}"));
        var first = (await app.Devices.GetAsync($"{app.Path}/devices/d1")).Expect(200);
        Assert.Equal(["anna", "es-mx", "gold"], [first.Text("subscriber"), first.Text("locale"), first.Text("tags", "tier")]);
        var second = (await app.Devices.GetAsync($"{app.Path}/devices/d2")).Expect(200);
        Assert.Equal(["d2", "longenough", "free"], [second.Text("subscriber"), second.Text("token"), second.Text("tags", "plan")]);
        Assert.Equal(1, (await app.Read.GetAsync($"{app.Path}/channels/sport")).Number("subscribers"));
    }

    [Theory]
    [InlineData("device,provider\n", "csv.missingColumn", "header.token")]
    [InlineData("device,provider,token,colour\n", "csv.unknownColumn", "header.colour")]
    [InlineData("device,provider,token,token\n", "csv.duplicateColumn", "header.token")]
    public async Task Import_CsvWithBadHeader_IsRefusedWhole(string csv, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PostTextAsync($"{app.Path}/devices/import", csv + "d1,fcm,longenough,x\n", "text/csv")).ExpectProblem(400, code, field);
        (await app.Devices.GetAsync($"{app.Path}/devices/d1")).ExpectProblem(404, "device.unknown");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson; charset=utf-16")]
    public async Task Import_WrongContentType_Is415(string contentType)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PostTextAsync($"{app.Path}/devices/import", Line(1), contentType)).ExpectProblem(415, "contentType.unsupported");
    }

    [Fact]
    public async Task Import_ClientBreaksOff_KeepsTheWholeLinesItSent()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:ImportBatchSize"] = "10" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port, TestContext.Current.CancellationToken);
            var lines = string.Concat(Enumerable.Range(1, 55).Select(number => Line(number) + "\n")) + Line(56)[..30];
            await socket.GetStream().WriteAsync(
                Encoding.UTF8.GetBytes(
                    $"POST /v1/apps/a/devices/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayFixture.AdminKey}\r\n" +
                    $"Content-Type: {Ndjson}\r\nContent-Length: 1000000\r\n\r\n{lines}"),
                TestContext.Current.CancellationToken);

            // Full batches are stored while the upload goes on; it breaks off only when the gateway has read what was sent.
            await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/apps/a/devices/d50")).Status == 200);
            (await admin.GetAsync("/v1/apps/a/devices/d51")).Expect(404);
        }

        await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/apps/a/devices/d55")).Status == 200);
        (await admin.GetAsync("/v1/apps/a/devices/d56")).ExpectProblem(404, "device.unknown");
        gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Import_StoreFailsBetweenBatches_SaysHowMuchWasTakenAndMayBeRepeated()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:ImportBatchSize"] = "10" }, builder =>
        {
            var registered = builder.Services.Last(service => service.ServiceType == typeof(IDeviceStore));
            builder.Services.AddSingleton(services => new FailingDeviceStore(
                (IDeviceStore)ActivatorUtilities.CreateInstance(services, registered.ImplementationType!)));
            builder.Services.AddSingleton<IDeviceStore>(services => services.GetRequiredService<FailingDeviceStore>());
        });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        var lines = "bad\n" + string.Concat(Enumerable.Range(1, 45).Select(number => Line(number) + "\n"));
        var store = gateway.Application.Services.GetRequiredService<FailingDeviceStore>();
        store.FailAfterImports = 3;

        var refused = (await admin.PostTextAsync("/v1/apps/a/devices/import", lines, Ndjson)).ExpectProblem(503, "store.unavailable");

        Assert.Contains("first 30 good lines", refused.Text("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was changed", refused.Text("detail"), StringComparison.Ordinal);
        Assert.True(int.Parse(refused.Headers["Retry-After"]) >= 1);
        (await admin.GetAsync("/v1/apps/a/devices/d30")).Expect(200);
        (await admin.GetAsync("/v1/apps/a/devices/d31")).Expect(404);

        Assert.Contains("fromLine=32", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Contains(" 1 lines before that line were rejected", refused.Text("detail"), StringComparison.Ordinal);

        store.FailAfterImports = int.MaxValue;
        var rest = (await admin.PostTextAsync("/v1/apps/a/devices/import?fromLine=32", lines, Ndjson)).Expect(200);
        Assert.Equal([15L, 15L, 0L, 0L, 0L], s_counts.Select(name => rest.Number(name)));
        var repeated = (await admin.PostTextAsync("/v1/apps/a/devices/import", lines, Ndjson)).Expect(200);
        Assert.Equal([46L, 0L, 0L, 45L, 1L], s_counts.Select(name => repeated.Number(name)));
        gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Export_WhatWasImported_CanBeImportedElsewhere()
    {
        var source = await fixture.CreateAppAsync();
        var target = await fixture.CreateAppAsync();
        var lines = string.Join('\n', Enumerable.Range(1, 25).Select(number => Line(number, "news"))) +
            "\n{\"device\":\"full\",\"provider\":\"fcm\",\"token\":\"long:+/=enough\",\"subscriber\":\"anna\",\"channels\":[\"news\",\"sport\"]," +
            "\"environment\":\"production\",\"locale\":\"es-mx\",\"timeZone\":\"Europe/Madrid\",\"appVersion\":\"1.0 é\",\"tags\":{\"plan\":\"pro\"}}";
        (await source.Devices.PostTextAsync($"{source.Path}/devices/import", lines, Ndjson)).Expect(200);
        var export = (await source.Devices.GetAsync($"{source.Path}/devices/export")).Expect(200);
        Assert.Equal(Ndjson, export.ContentType);
        var exported = export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(26, exported.Length);
        var full = JsonNode.Parse(exported.Single(line => line.Contains("\"full\"", StringComparison.Ordinal)))!;
        Assert.Equal("long:+/=enough", (string)full["token"]!);
        Assert.Equal(["news", "sport"], full["channels"]!.AsArray().Select(channel => (string)channel!));
        Assert.Equal(26, (await target.Devices.PostTextAsync($"{target.Path}/devices/import", export.Body, Ndjson)).Expect(200).Number("created"));
        var again = (await target.Devices.GetAsync($"{target.Path}/devices/export")).Expect(200);
        Assert.Equal(exported.Order(StringComparer.Ordinal), again.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private static string Line(int number, string? channels = null) =>
        $$"""{"device":"d{{number}}","provider":"apns","token":"{{Samples.ApnsToken(number)}}"{{(channels is null ? "" : $",\"channels\":[\"{channels}\"]")}}}""";
}
