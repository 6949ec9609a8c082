using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class DeviceStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task RegisterAsync_NewDevice_IsStoredWhole()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var registration = Device("d1", "anna") with
        {
            Environment = DeviceEnvironment.Sandbox,
            Locale = "es-mx",
            TimeZone = "Europe/Madrid",
            AppVersion = "1.2.3",
            Tags = new Dictionary<string, string> { ["plan"] = "pro", ["Ünïcode"] = "\"quoted\" 😀" },
        };

        Assert.Equal(RegistrationChange.Created, await store.Devices.RegisterAsync(app, registration, Stop));

        var device = await store.Devices.FindAsync(app, "d1", Stop);
        Assert.NotNull(device);
        Assert.Equal(registration.Tags, device.Registration.Tags);
        Assert.Equal(registration with { Tags = device.Registration.Tags }, device.Registration);
        Assert.Equal(store.Time.GetUtcNow(), device.CreatedAt);
        Assert.Equal(store.Time.GetUtcNow(), device.LastSeenAt);
        Assert.False(device.IsQuarantined);
    }

    [Fact]
    public async Task RegisterAsync_SameAgain_IsUnchangedButSeenLater()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1", "anna"), Stop);
        var before = (await store.Devices.FindAsync(app, "d1", Stop))!;

        Assert.Equal(RegistrationChange.Unchanged, await store.Devices.RegisterAsync(app, Device("d1", "anna"), Stop));

        var after = (await store.Devices.FindAsync(app, "d1", Stop))!;
        Assert.Equal(before.LastSeenAt.AddMilliseconds(1), after.LastSeenAt); // The clock stood still.
        Assert.Equal(before.CreatedAt, after.CreatedAt);
    }

    [Fact]
    public async Task RegisterAsync_AnyFieldChanged_IsUpdated()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var current = Device("d1", "anna");
        await store.Devices.RegisterAsync(app, current, Stop);
        Func<DeviceRegistration, DeviceRegistration>[] changes =
        [
            device => device with { Token = "another-token" },
            device => device with { Provider = ProviderKind.Fcm },
            device => device with { Environment = DeviceEnvironment.Production },
            device => device with { Locale = "de" },
            device => device with { TimeZone = "Europe/Berlin" },
            device => device with { AppVersion = "2" },
            device => device with { Tags = new Dictionary<string, string> { ["a"] = "b" } },
            device => device with { SubscriberId = "berta" },
        ];
        foreach (var change in changes)
        {
            current = change(current);
            Assert.Equal(RegistrationChange.Updated, await store.Devices.RegisterAsync(app, current, Stop));
            var stored = (await store.Devices.FindAsync(app, "d1", Stop))!.Registration;
            Assert.Equal(current with { Tags = stored.Tags }, stored);
            Assert.Equal(current.Tags, stored.Tags);
            Assert.Equal(RegistrationChange.Unchanged, await store.Devices.RegisterAsync(app, current, Stop));
        }
    }

    [Fact]
    public async Task RegisterAsync_OtherSubscriber_MovesTheDevice()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1", "anna"), Stop);
        var createdAt = store.Time.GetUtcNow();
        store.Time.Advance(TimeSpan.FromHours(1));

        await store.Devices.RegisterAsync(app, Device("d1", "berta"), Stop);

        Assert.Empty(await store.Devices.ListBySubscriberAsync(app, "anna", Stop));
        var device = Assert.Single(await store.Devices.ListBySubscriberAsync(app, "berta", Stop));
        Assert.Equal(createdAt, device.CreatedAt);
        Assert.Equal(store.Time.GetUtcNow(), device.LastSeenAt);
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Core.Events.Audience.All, Stop));
    }

    [Fact]
    public async Task RegisterAsync_TokenOfAnotherDevice_RemovesThatDevice()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1", token: "one-token"), Stop);

        Assert.Equal(RegistrationChange.Created, await store.Devices.RegisterAsync(app, Device("d2", token: "one-token"), Stop));
        Assert.Null(await store.Devices.FindAsync(app, "d1", Stop));

        // Another provider's token of the same characters is another token.
        await store.Devices.RegisterAsync(app, Device("d3", token: "one-token", provider: ProviderKind.Fcm), Stop);
        Assert.NotNull(await store.Devices.FindAsync(app, "d2", Stop));

        // A rotation onto a token in use, too.
        Assert.Equal(RegistrationChange.Updated, await store.Devices.RegisterAsync(app, Device("d3", token: "one-token"), Stop));
        Assert.Null(await store.Devices.FindAsync(app, "d2", Stop));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Core.Events.Audience.All, Stop));
    }

    [Fact]
    public async Task RegisterAsync_SameIdsInAnotherApp_AreOtherDevices()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        await store.Devices.RegisterAsync(app, Device("d1", "anna"), Stop);

        Assert.Equal(RegistrationChange.Created, await store.Devices.RegisterAsync(other, Device("d1", "anna"), Stop));
        Assert.True(await store.Devices.RemoveAsync(other, "d1", Stop));

        Assert.NotNull(await store.Devices.FindAsync(app, "d1", Stop));
        Assert.Null(await store.Devices.FindAsync(other, "d1", Stop));
    }

    [Fact]
    public async Task RemoveAsync_KnownThenAgain_TellsWhetherThereWasOne()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1"), Stop);

        Assert.True(await store.Devices.RemoveAsync(app, "d1", Stop));
        Assert.False(await store.Devices.RemoveAsync(app, "d1", Stop));
        Assert.Equal(RegistrationChange.Created, await store.Devices.RegisterAsync(app, Device("d1"), Stop));
    }

    [Fact]
    public async Task ImportAsync_LinesOfAllKinds_AnswersInOrderAndTheLastLineWins()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("old"), Stop);

        var changes = await store.Devices.ImportAsync(
            app,
            [
                new DeviceImport(Device("new", "anna"), ["c1", "c2"]),
                new DeviceImport(Device("old"), []),
                new DeviceImport(Device("new", "anna", token: "rotated"), ["c1"]),
                new DeviceImport(Device("thief", "berta", token: "rotated"), ["c1"]),
            ],
            Stop);

        Assert.Equal([RegistrationChange.Created, RegistrationChange.Unchanged, RegistrationChange.Updated, RegistrationChange.Created], changes);
        Assert.Null(await store.Devices.FindAsync(app, "new", Stop));
        Assert.Equal(["c1", "c2"], await store.Devices.ListChannelsAsync(app, "anna", Stop));
        Assert.Equal(2, await store.Devices.CountSubscribersAsync(app, "c1", Stop));
        Assert.Equal(1, await store.Devices.CountSubscribersAsync(app, "c2", Stop));
    }

    [Fact]
    public async Task SubscribeAsync_RepeatedAndUndone_CountsOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.SubscribeAsync(app, "news", "anna", Stop);
        await store.Devices.SubscribeAsync(app, "news", "anna", Stop);
        await store.Devices.SubscribeAsync(app, "alpha", "anna", Stop);
        Assert.Equal(1, await store.Devices.CountSubscribersAsync(app, "news", Stop));
        Assert.Equal(["alpha", "news"], await store.Devices.ListChannelsAsync(app, "anna", Stop));

        await store.Devices.UnsubscribeAsync(app, "news", "anna", Stop);
        await store.Devices.UnsubscribeAsync(app, "news", "anna", Stop);
        await store.Devices.UnsubscribeAsync(app, "never", "nobody", Stop);

        Assert.Equal(0, await store.Devices.CountSubscribersAsync(app, "news", Stop));
        Assert.Equal(0, await store.Devices.CountSubscribersAsync(app, "never", Stop));
        Assert.Equal(["alpha"], await store.Devices.ListChannelsAsync(app, "anna", Stop));
        Assert.Empty(await store.Devices.ListChannelsAsync(app, "nobody", Stop));
    }

    [Fact]
    public async Task ExportAsync_MoreThanAPage_GivesEveryDeviceOnceWithItsChannels()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        // Many devices of one subscriber make one shard longer than a page.
        var lines = Enumerable.Range(0, 1_203)
            .Select(number => new DeviceImport(Device($"d{number}", number % 3 == 0 ? $"s{number}" : "anna"), number % 3 == 0 ? [$"c{number % 2}"] : ["all"]))
            .ToList();
        await store.Devices.ImportAsync(app, lines, Stop);

        var exported = new Dictionary<string, DeviceExport>();
        await foreach (var device in store.Devices.ExportAsync(app, Stop))
        {
            exported.Add(device.Device.Registration.DeviceId, device);
        }

        Assert.Equal(lines.Count, exported.Count);
        foreach (var line in lines)
        {
            Assert.Equal(line.Registration.SubscriberId, exported[line.Registration.DeviceId].Device.Registration.SubscriberId);
            Assert.Equal(line.Channels, exported[line.Registration.DeviceId].Channels);
        }
    }

    /// <summary>What is new is registered at once where that is faster, what meets something is not; both have to come out the same.</summary>
    [Fact]
    public async Task ImportAsync_NewAmongKnownMovedAndTwice_IsAsOneAfterTheOther()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("known", "s1"), Stop);
        await store.Devices.RegisterAsync(app, Device("loses", "s2", "token-taken"), Stop);
        DeviceImport[] lines =
        [
            new(Device("new1", "s1"), ["a", "b"]),
            new(Device("new2", "s9") with { Locale = "es", Tags = new Dictionary<string, string> { ["k"] = "v" }, TimeZone = "Europe/Madrid", AppVersion = "1.0 é" }, ["a", "a"]),
            new(Device("known", "s1"), ["a"]),
            new(Device("wins", "s3", "token-taken"), []),
            new(Device("twice", "s4"), ["b"]),
            new(Device("twice", "s5"), ["c"]),
            new(Device("left", "s6", "token-same"), []),
            new(Device("right", "s7", "token-same"), ["a"]),
            new(Device("fcm", "s8", "token-of-new1", ProviderKind.Fcm), []),
        ];

        var changes = await store.Devices.ImportAsync(app, lines, Stop);

        RegistrationChange created = RegistrationChange.Created, updated = RegistrationChange.Updated;
        Assert.Equal([created, created, RegistrationChange.Unchanged, created, created, updated, created, created, created], changes);
        Assert.Equal(
            ["fcm", "known", "new1", "new2", "right", "twice", "wins"],
            (await store.Devices.ExportAsync(app, Stop).ToListAsync(Stop)).Select(export => export.Device.Registration.DeviceId).Order(StringComparer.Ordinal));
        Assert.Equal(7, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Equal((3, 2, 1), (await Members("a"), await Members("b"), await Members("c")));
        var full = (await store.Devices.FindAsync(app, "new2", Stop))!;
        Assert.Equal(("es", "Europe/Madrid", "1.0 é", "s9"), (full.Registration.Locale, full.Registration.TimeZone, full.Registration.AppVersion, full.Registration.SubscriberId));
        Assert.Equal("v", full.Registration.Tags["k"]);
        Assert.Equal([.. Enumerable.Repeat(RegistrationChange.Unchanged, 2)], await store.Devices.ImportAsync(app, lines[..2], Stop));

        async Task<int> Members(string channel) => (int)await store.Devices.CountSubscribersAsync(app, channel, Stop);
    }
}
