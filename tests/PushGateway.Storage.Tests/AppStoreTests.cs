using System.Security.Cryptography;
using System.Text;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class AppStoreTests(TestDatabase database) : StoreTests(database)
{
    internal static ApnsCredential Apns(string key) => new()
    {
        TeamId = "TEAM",
        KeyId = key,
        PrivateKey = "the-private-key",
        BundleId = "com.example",
        Environment = DeviceEnvironment.Sandbox,
        Endpoint = new Uri("https://127.0.0.1:9443"),
        TrustedCertificates = "pem",
    };

    [Fact]
    public async Task PutAsync_NewThenKnown_CreatesThenRenames()
    {
        await using var store = await OpenAsync();
        var changed = new List<int>();
        store.Apps.Changed += changed.Add;

        var (app, created) = await store.Apps.PutAsync("b", "First", Stop);
        Assert.True(created);
        var (renamed, again) = await store.Apps.PutAsync("b", "Second", Stop);
        Assert.False(again);

        Assert.Equal((app.Key, "Second", app.CreatedAt), (renamed.Key, renamed.Name, renamed.CreatedAt));
        Assert.Same(renamed, store.Apps.Find("b"));
        Assert.Same(renamed, store.Apps.Find(app.Key));
        await store.AddAppAsync("B");
        await store.AddAppAsync("a");
        Assert.Equal(["B", "a", "b"], store.Apps.List().Select(listed => listed.Id));
        Assert.Equal([app.Key, app.Key], changed.Take(2));
        Assert.Throws<ArgumentException>(() => store.Apps.PutAsync("not valid", "x", Stop).GetAwaiter().GetResult());
    }

    [Fact]
    public async Task PutAsync_Limits_AreKeptByARenameAndReplacedWithNewOnes()
    {
        var store = await OpenAsync();
        await store.Apps.PutAsync("app", "First", new AppLimits { MaxRatePerSecond = 7 }, Stop);
        Assert.Equal(7, (await store.Apps.PutAsync("app", "Second", Stop)).App.Limits.MaxRatePerSecond);

        await using var reopened = await store.ReopenAsync();
        Assert.Equal(7, reopened.Apps.Find("app")!.Limits.MaxRatePerSecond);
        Assert.Null((await reopened.Apps.PutAsync("app", "Third", AppLimits.None, Stop)).App.Limits.MaxRatePerSecond);
    }

    [Fact]
    public async Task PutCredentialAsync_Replaced_GrowsTheVersionAndIsEncrypted()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        var fcm = new FcmCredential { ServiceAccountJson = "{}", ProjectId = "p", ClientEmail = "e", MessagesPerMinute = 7 };

        Assert.Equal(1, (await store.Apps.PutCredentialAsync("app", Apns("K1"), Stop))!.CredentialFor(ProviderKind.Apns)!.Version);
        Assert.Equal(2, (await store.Apps.PutCredentialAsync("app", Apns("K2"), Stop))!.CredentialFor(ProviderKind.Apns)!.Version);
        await store.Apps.PutCredentialAsync("app", fcm, Stop);
        Assert.Null(await store.Apps.PutCredentialAsync("unknown", fcm, Stop));

        store = await store.ReopenAsync();
        var app = store.Apps.Find("app")!;
        Assert.Equal(Apns("K2") with { Version = 2 }, app.CredentialFor(ProviderKind.Apns));
        Assert.Equal(fcm with { Version = 1 }, app.CredentialFor(ProviderKind.Fcm));
        Assert.False(await store.ContainsOnDiskAsync("the-private-key"));
        Assert.True(await store.ContainsOnDiskAsync("protected:"));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task PutCredentialAsync_Another_KeepsTheOneBeforeEncryptedForAWeek()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        var first = store.Time.GetUtcNow();
        await store.Apps.PutCredentialAsync("app", Apns("K1") with { PrivateKey = "the-first-key" }, Stop);
        Assert.Null(store.Apps.Find("app")!.HistoryOf(ProviderKind.Apns)!.Previous);
        Assert.Null(await store.Apps.RestoreCredentialAsync("app", ProviderKind.Apns, Stop));
        store.Time.Advance(TimeSpan.FromDays(400));
        Assert.True(store.Apps.Find("app")!.HistoryOf(ProviderKind.Apns)!.IsRotationDue(store.Time.GetUtcNow()));
        var replaced = store.Time.GetUtcNow();
        await store.Apps.PutCredentialAsync("app", Apns("K2"), Stop);
        store.Time.Advance(TimeSpan.FromDays(1));
        // Neither the same again nor a start changes what there is to go back to.
        await store.Apps.PutCredentialAsync("app", Apns("K2"), Stop);
        store = await store.ReopenAsync();
        var previous = store.Apps.Find("app")!.PreviousFor(ProviderKind.Apns, store.Time.GetUtcNow())!;
        Assert.Equal(Apns("K1") with { PrivateKey = "the-first-key", Version = 1 }, previous.Credential);
        Assert.Equal((first, replaced, replaced.AddDays(7)), (previous.SetAt, previous.ReplacedAt, previous.KeptUntil));
        Assert.Equal((3, replaced), (store.Apps.Find("app")!.CredentialFor(ProviderKind.Apns)!.Version, store.Apps.Find("app")!.HistoryOf(ProviderKind.Apns)!.SetAt));

        store.Time.Advance(TimeSpan.FromDays(6));
        Assert.Null(store.Apps.Find("app")!.PreviousFor(ProviderKind.Apns, store.Time.GetUtcNow()));
        Assert.Null(await store.Apps.RestoreCredentialAsync("app", ProviderKind.Apns, Stop));
        var expiry = store.Get<PreviousCredentialExpiry>();
        await store.Writer.RunAsync(session => expiry.Run(session, 100), Stop);
        Assert.Null(store.Apps.Find("app")!.HistoryOf(ProviderKind.Apns)!.Previous);
        Assert.Equal(0, await CountPreviousAsync(store));
        Assert.Equal("K2", ((ApnsCredential)store.Apps.Find("app")!.CredentialFor(ProviderKind.Apns)!).KeyId);
        Assert.False(await store.ContainsOnDiskAsync("the-first-key"));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task RestoreCredentialAsync_Previous_IsInUseAgainAndTheOtherCanComeBack()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        await store.Apps.PutCredentialAsync("app", Apns("K1"), Stop);
        var set = store.Time.GetUtcNow();
        store.Time.Advance(TimeSpan.FromHours(1));
        await store.Apps.PutCredentialAsync("app", Apns("K2"), Stop);
        var changed = new List<int>();
        store.Apps.Changed += changed.Add;

        var restored = (await store.Apps.RestoreCredentialAsync("app", ProviderKind.Apns, Stop))!;

        Assert.Equal(Apns("K1") with { Version = 3 }, restored.CredentialFor(ProviderKind.Apns));
        Assert.Equal((set, "K2"), (restored.HistoryOf(ProviderKind.Apns)!.SetAt, ((ApnsCredential)restored.HistoryOf(ProviderKind.Apns)!.Previous!.Credential).KeyId));
        Assert.Equal([restored.Key], changed);
        await using var reopened = await store.ReopenAsync();
        Assert.Equal(Apns("K1") with { Version = 3 }, reopened.Apps.Find("app")!.CredentialFor(ProviderKind.Apns));
        Assert.Equal(Apns("K2") with { Version = 4 }, (await reopened.Apps.RestoreCredentialAsync("app", ProviderKind.Apns, Stop))!.CredentialFor(ProviderKind.Apns));
        Assert.Null(await reopened.Apps.RestoreCredentialAsync("app", ProviderKind.Fcm, Stop));
        Assert.Null(await reopened.Apps.RestoreCredentialAsync("unknown", ProviderKind.Apns, Stop));
    }

    [Fact]
    public async Task LoadAsync_ProtectionKeyLost_LeavesTheCredentialOut()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        await store.Apps.PutCredentialAsync("app", Apns("K1"), Stop);
        await store.Writer.RunAsync(session => session.Statement("UPDATE ProviderCredentials SET Secret = ?1").BindBlob(1, [0]).Execute(), Stop);

        await using var reopened = await store.ReopenAsync();

        Assert.Null(reopened.Apps.Find("app")!.CredentialFor(ProviderKind.Apns));
        Assert.Equal(2, (await reopened.Apps.PutCredentialAsync("app", Apns("K2"), Stop))!.CredentialFor(ProviderKind.Apns)!.Version);
    }

    private static async Task<long> CountPreviousAsync(TestStore store) => await store.Reads.ReadAsync(
        session => session.Statement("SELECT count(*) FROM ProviderCredentials WHERE PreviousSecret IS NOT NULL OR PreviousReplacedAtMs IS NOT NULL").ScalarInt64() ?? 0, Stop);

    [Fact]
    public async Task PutCredentialAsync_ManyAtOnce_EndsWithTheLastVersion()
    {
        await using var store = await OpenAsync();
        await store.AddAppAsync();
        var apps = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => store.Apps.PutCredentialAsync("app", Apns($"K{number}"), Stop)));

        Assert.Equal(Enumerable.Range(1, 20), apps.Select(app => app!.CredentialFor(ProviderKind.Apns)!.Version).Order());
        Assert.Equal(20, store.Apps.Find("app")!.CredentialFor(ProviderKind.Apns)!.Version);
    }

    [Fact]
    public async Task DeleteAsync_AppWithEverything_LeavesNothingInSteps()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:PurgeStepRows"] = "3");
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        foreach (var key in new[] { app, other })
        {
            var lines = Enumerable.Range(0, 20).Select(number => new Core.Devices.DeviceImport(Device($"d{number}"), ["c1", "c2"]));
            await store.Devices.ImportAsync(key, [.. lines], Stop);
            await store.Devices.RemoveAsync(key, "d0", Stop);
            await store.Events.PublishAsync(key, Event($"e-{key}"), Key("k"), Stop);
            await store.Get<ISavedAudienceStore>().PutAsync(key, "everybody", new AudienceDefinition { Audience = Audience.All }, 10, Stop);
        }

        await store.Apps.PutCredentialAsync("app", Apns("K1"), Stop);
        await store.Keys.AddAsync(ApiKey("key", "app"), Stop);

        Assert.True(await store.Apps.DeleteAsync("app", Stop));
        Assert.False(await store.Apps.DeleteAsync("app", Stop));
        Assert.Null(store.Apps.Find("app"));
        Assert.Null(store.Apps.Find(app));
        Assert.Empty(store.Keys.List());
        Assert.DoesNotContain(await store.FanOuts.LoadUnfinishedAsync(store.Time.GetUtcNow(), 0, 10, Stop), work => work.Event.AppKey == app);

        // The same id again is another app, with nothing of the old one.
        var again = await store.AddAppAsync();
        Assert.NotEqual(app, again);
        Assert.Equal(0, await store.Events.EstimateAudienceAsync(again, Audience.All, Stop));

        await store.Get<AppPurger>().PurgeAsync(Stop);
        foreach (var table in new[] { "Devices", "Subscribers", "Subscriptions", "AudienceCounts", "Channels", "RemovedDevices", "SavedAudiences", "IdempotencyKeys", "Events", "ApiKeys", "ProviderCredentials", "Apps" })
        {
            Assert.Equal(0, await CountAsync(store, $"SELECT count(*) FROM {table} WHERE AppKey = {app}"));
        }

        Assert.Equal(1, await CountAsync(store, "SELECT count(DISTINCT EventKey) FROM FanOutShards"));
        Assert.Equal(19, (await store.ReadAllAsync(Query(other, Audience.All))).Count);
    }

    [Fact]
    public async Task ApiKeys_AddedAndRemoved_AreFoundByHashAlsoAfterARestart()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        var (admin, limited) = (ApiKey("admin", null), ApiKey("limited", "app"));
        await store.Keys.AddAsync(admin, Stop);
        await store.Keys.AddAsync(limited, Stop);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Keys.AddAsync(ApiKey("lost", "unknown"), Stop));

        store = await store.ReopenAsync();
        Assert.Equal(2, store.Keys.List().Count);
        var found = store.Keys.FindByHash(limited.Hash.Span);
        Assert.Equal(limited with { Hash = found!.Hash }, found);
        Assert.Null(store.Keys.FindByHash(SHA256.HashData("other"u8)));
        Assert.Null(store.Keys.FindByHash("short"u8));
        Assert.True(await store.Keys.RemoveAsync("limited", Stop));
        Assert.False(await store.Keys.RemoveAsync("limited", Stop));
        Assert.Null(store.Keys.FindByHash(limited.Hash.Span));

        await using var reopened = await store.ReopenAsync();
        Assert.Equal("admin", Assert.Single(reopened.Keys.List()).Id);
    }

    [Fact]
    public async Task ApiKeys_Used_AreShownSoAtOnceAndRecordedSeldom()
    {
        var store = await OpenAsync();
        await store.AddAppAsync();
        await store.Keys.AddAsync(ApiKey("used", "app"), Stop);
        await store.Keys.AddAsync(ApiKey("unused", "app"), Stop);
        var key = store.Keys.FindByHash(ApiKey("used", "app").Hash.Span)!;
        var commits = store.Writer.Commits;
        for (var request = 0; request < 1_000; request++)
        {
            store.Keys.MarkUsed(key, At(request));
        }

        // A second is what it is exact to, so that requests seldom change anything.
        Assert.Equal(new DateTimeOffset?[] { null, At(0) }, Uses(store));
        Assert.Equal(0, store.Writer.Commits - commits);
        store.Keys.MarkUsed(key, At(5_000));
        await store.Keys.RecordUsesAsync(Stop);
        await store.Keys.RecordUsesAsync(Stop);
        Assert.Equal(1, store.Writer.Commits - commits);

        // Another gateway on the same store is behind with its own.
        store.Keys.MarkUsed(key, At(4_000));
        await store.Keys.RecordUsesAsync(Stop);
        await using var reopened = await store.ReopenAsync();
        Assert.Equal(new DateTimeOffset?[] { null, At(5_000) }, Uses(reopened));

        static DateTimeOffset At(int milliseconds) => DateTimeOffset.UnixEpoch.AddMilliseconds(1_000 + milliseconds);
        static IEnumerable<DateTimeOffset?> Uses(TestStore store) => store.Keys.List().OrderBy(key => key.Id == "used").Select(key => key.LastUsedAt);
    }

    private static ApiKey ApiKey(string id, string? app) => new()
    {
        Id = id,
        Name = id,
        Scopes = app is null ? ApiKeyScopes.Admin : ApiKeyScopes.Publish | ApiKeyScopes.Read,
        AppId = app,
        CreatedAt = DateTimeOffset.Parse("2026-01-02T03:04:05Z"),
        Hash = SHA256.HashData(Encoding.UTF8.GetBytes(id)),
    };

    private static async Task<long?> CountAsync(TestStore store, string sql) =>
        await store.Reads.ReadAsync(session => session.Statement(sql).ScalarInt64(), Stop);
}
