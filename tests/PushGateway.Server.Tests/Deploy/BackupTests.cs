using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Server.Cli;
using PushGateway.Server.Tests.Api;
using PushGateway.Server.Tests.Cli;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>A store and its keys, copied while the gateway works, and put back elsewhere.</summary>
public sealed class BackupTests(GatewayFixture fixture, PostgreSqlServer server) : IDisposable
{
    private const int Devices = 3_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-backup-");

    private string Backups => Path.Combine(_folder.FullName, "backups");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("PostgreSql")]
    public async Task Restore_OfABackupMadeAtWork_HasEverythingAgain(string provider)
    {
        var source = await NewPlaceAsync(provider, "source");
        string key, eventId, account, receipts, devices;
        string[] backups;
        await using (var gateway = await TestGateway.StartAsync(source))
        {
            var admin = gateway.Client(GatewayFixture.AdminKey);
            await FillAsync(admin);
            key = (await admin.PostAsync("/v1/keys", new { name = "reader", scopes = (string[])["read"], app = "a" })).Expect(201).Text("key");
            eventId = (await admin.PostAsync("/v1/apps/a/events", Samples.Event(), ("Idempotency-Key", "one"))).Expect(202).Text("id");
            await Eventually.TrueAsync(async () => (await admin.GetAsync($"/v1/apps/a/events/{eventId}")).Text("state") == "completed");
            account = (await admin.GetAsync($"/v1/apps/a/events/{eventId}")).Body;
            receipts = (await admin.GetAsync($"/v1/apps/a/events/{eventId}/receipts?limit=1000")).Body;
            devices = await ExportAsync(admin);

            // Others publish meanwhile: the copy is of one instant, and holds up nobody.
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var publishing = PublishAsync(admin, enough.Token);
            backups = [await BackUpAsync(source)];
            await enough.CancelAsync();
            Assert.True(await publishing > 0);
        }

        var target = await NewPlaceAsync(provider, "target");
        var restored = await RunAsync("restore", backups[0], target);
        Assert.True(restored.ExitCode == ExitCodes.Success, restored.Error);
        Assert.StartsWith("Restored the store of ", restored.Output, StringComparison.Ordinal);

        await using var again = await TestGateway.StartAsync(target);
        var reader = again.Client(key);
        Assert.Equal("A", (await again.Client(GatewayFixture.AdminKey).GetAsync("/v1/apps/a")).Expect(200).Text("name"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(account), JsonNode.Parse((await reader.GetAsync($"/v1/apps/a/events/{eventId}")).Expect(200).Body)));
        Assert.Equal(receipts, (await reader.GetAsync($"/v1/apps/a/events/{eventId}/receipts?limit=1000")).Expect(200).Body);
        Assert.Equal(devices, await ExportAsync(again.Client(GatewayFixture.AdminKey)));
        Assert.True((await again.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/events", Samples.Event(), ("Idempotency-Key", "one")))
            .Expect(202).Headers.ContainsKey("Idempotent-Replayed"));

        // The credentials opened with the restored keys, and their provider takes them.
        Assert.True((await again.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/providers/apns/check")).Expect(200).Json.GetProperty("ok").GetBoolean());
        Assert.True((await again.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/providers/fcm/check")).Expect(200).Json.GetProperty("ok").GetBoolean());
        again.Errors.ExpectNone();

        var onto = await RunAsync("restore", backups[0], target);
        Assert.Equal(ExitCodes.Failure, onto.ExitCode);
        Assert.Contains("nothing is overwritten", onto.Error, StringComparison.Ordinal);
        Directory.Delete(target[Keys]!, recursive: true);
        onto = await RunAsync("restore", backups[0], target);
        Assert.Equal(ExitCodes.Failure, onto.ExitCode);
        Assert.Contains("nothing is overwritten", onto.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OfADamagedBackup_ChangesNothing()
    {
        var backup = await BackUpEmptyGatewayAsync();
        var store = Path.Combine(backup, "pushgateway.db");
        var bytes = await File.ReadAllBytesAsync(store, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(store, bytes, TestContext.Current.CancellationToken);
        var target = await NewPlaceAsync("Sqlite", "target");

        var restored = await RunAsync("restore", backup, target);

        Assert.Equal(ExitCodes.Failure, restored.ExitCode);
        Assert.Contains("pushgateway.db is missing or not what was written", restored.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(target[Keys])!, "*", SearchOption.AllDirectories));
    }

    /// <summary>As a manifest would be that somebody else has made: it must not lead out of the folder.</summary>
    [Theory]
    [InlineData("keys/../../elsewhere.xml")]
    [InlineData("/etc/passwd")]
    public async Task Restore_ManifestThatNamesOtherFiles_IsRefused(string name)
    {
        var backup = await BackUpEmptyGatewayAsync();
        var file = Path.Combine(backup, "backup.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        manifest["files"]![name] = "00";
        await File.WriteAllTextAsync(file, manifest.ToJsonString(), TestContext.Current.CancellationToken);

        var restored = await RunAsync("restore", backup, await NewPlaceAsync("Sqlite", "target"));

        Assert.Equal(ExitCodes.Failure, restored.ExitCode);
        Assert.Contains("no part of a backup", restored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OfANewerVersion_IsRefused()
    {
        var backup = await BackUpEmptyGatewayAsync();
        var file = Path.Combine(backup, "backup.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        manifest["content"]!["migration"] = "29990101000000_Future";
        await File.WriteAllTextAsync(file, manifest.ToJsonString(), TestContext.Current.CancellationToken);
        var target = await NewPlaceAsync("Sqlite", "target");

        var restored = await RunAsync("restore", backup, target);

        Assert.Equal(ExitCodes.Failure, restored.ExitCode);
        Assert.Contains("newer version", restored.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(target[Keys])!, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Backup_WithKeep_DeletesTheOldestWholeOnesOnly()
    {
        var source = await NewPlaceAsync("Sqlite", "source");
        await using (await TestGateway.StartAsync(source))
        {
            // Running is not needed for what follows.
        }

        Directory.CreateDirectory(Backups);
        foreach (var name in (string[])["pushgateway-20200101T000000Z", "pushgateway-20210101T000000Z", "pushgateway-20190101T000000Z"])
        {
            Directory.CreateDirectory(Path.Combine(Backups, name));
            await File.WriteAllTextAsync(Path.Combine(Backups, name, "backup.json"), "{}", TestContext.Current.CancellationToken);
        }

        Directory.CreateDirectory(Path.Combine(Backups, "pushgateway-20180101T000000Z"));
        Directory.CreateDirectory(Path.Combine(Backups, "mine"));

        var backup = await BackUpAsync(source, "--keep", "2");

        Assert.Equal(
            ["mine", "pushgateway-20180101T000000Z", "pushgateway-20210101T000000Z", Path.GetFileName(backup)],
            Directory.GetDirectories(Backups).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(backup));
        }
    }

    [Fact]
    public async Task Backup_WithoutStoreOrKeys_NamesWhatIsMissingAndLeavesNothing()
    {
        var place = await NewPlaceAsync("Sqlite", "source");

        var withoutKeys = await RunAsync("backup", Backups, place);
        Assert.False(Directory.Exists(Backups));
        await File.WriteAllTextAsync(Path.Combine(place[Keys]!, "key-1.xml"), "<key/>", TestContext.Current.CancellationToken);
        var withoutStore = await RunAsync("backup", Backups, place);

        Assert.Equal((ExitCodes.Failure, ExitCodes.Failure), (withoutKeys.ExitCode, withoutStore.ExitCode));
        Assert.Contains(Keys, withoutKeys.Error, StringComparison.Ordinal);
        Assert.Contains("PushGateway:Storage:ConnectionString", withoutStore.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Backups));
    }

    private const string Keys = "PushGateway:DataProtection:KeysDirectory";

    private static async Task<int> PublishAsync(ApiClient admin, CancellationToken enough)
    {
        var published = 0;
        while (!enough.IsCancellationRequested)
        {
            (await admin.PostAsync("/v1/apps/a/events", Samples.Event("nobody"))).Expect(202);
            published++;
        }

        return published;
    }

    private static async Task<string> ExportAsync(ApiClient admin)
    {
        var lines = (await admin.GetAsync("/v1/apps/a/devices/export")).Expect(200).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Devices, lines.Length);
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private async Task FillAsync(ApiClient admin)
    {
        (await admin.PutAsync("/v1/apps/a", new { name = "A" })).Expect(201);
        await fixture.ConfigureProvidersAsync(new TestApp("a", admin, admin, admin, admin));
        var lines = string.Join('\n', Enumerable.Range(1, Devices).Select(number => JsonSerializer.Serialize(new
        {
            device = $"d{number}",
            provider = number % 2 == 0 ? "apns" : "fcm",
            token = Samples.ApnsToken(1_000_000 + number),
            subscriber = $"s{number % 700}",
            channels = (string[])["news", $"c{number % 5}"],
            tags = new Dictionary<string, string> { ["plan"] = $"p{number % 3}" },
        })));
        (await admin.PostTextAsync("/v1/apps/a/devices/import", lines, "application/x-ndjson")).Expect(200);
    }

    private async Task<string> BackUpEmptyGatewayAsync()
    {
        var source = await NewPlaceAsync("Sqlite", "source");
        await using var gateway = await TestGateway.StartAsync(source);
        return await BackUpAsync(source);
    }

    private async Task<string> BackUpAsync(Dictionary<string, string?> place, params string[] options)
    {
        var run = await RunAsync("backup", Backups, place, options);
        Assert.True(run.ExitCode == ExitCodes.Success, run.Error);
        return run.Output.Trim();
    }

    private static Task<CommandResult> RunAsync(string command, string folder, Dictionary<string, string?> place, params string[] options) =>
        new CommandRun().RunAsync([command, folder, .. options, .. place.Select(setting => $"--{setting.Key}={setting.Value}")]);

    /// <summary>Settings of a store and a folder of keys that are not there yet.</summary>
    private async Task<Dictionary<string, string?>> NewPlaceAsync(string provider, string name) => new()
    {
        ["PushGateway:Storage:Provider"] = provider,
        ["PushGateway:Storage:ConnectionString"] =
            provider == "Sqlite" ? $"Data Source={Path.Combine(_folder.FullName, name, "store.db")}" : await server.CreateDatabaseAsync(),
        [Keys] = Path.Combine(_folder.FullName, name, "keys"),
    };
}
