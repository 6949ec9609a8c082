using CsCheck;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Random histories, then every kind of audience compared with a naive model that follows the rules as they are written.</summary>
public abstract class AudienceModelTests(TestDatabase database) : StoreTests(database)
{
    private static readonly int[] s_capacities = [1, 2, 3, 7, 1_000];

    private static readonly string[] s_locales = ["en", "en-us", "es-mx", "de"];

    private static readonly Gen<DeviceRegistration> s_registration =
        from device in Gen.Int[0, 24]
        from subscriber in Gen.Int[-1, 9]
        from token in Gen.Int[0, 30]
        from provider in Gen.Enum<ProviderKind>()
        from locale in Gen.Int[0, s_locales.Length]
        from plan in Gen.Int[0, 2]
        select new DeviceRegistration
        {
            DeviceId = $"d{device}",
            SubscriberId = subscriber < 0 ? $"d{device}" : $"s{subscriber}",
            Provider = provider,
            Token = $"token-{token}",
            Locale = locale == s_locales.Length ? null : s_locales[locale],
            Tags = plan == 0 ? DeviceRegistration.EmptyTags : new Dictionary<string, string> { ["plan"] = $"p{plan}", ["other"] = "x" },
        };

    private static readonly Gen<Step> s_step = Gen.Frequency(
        (6, s_registration.Select(registration => new Step(registration, null, null, false, null))),
        (1, Gen.Int[0, 24].Select(device => new Step(null, $"d{device}", null, false, null))),
        (3, Gen.Select(Gen.Int[0, 14], Gen.Int[0, 3], (subscriber, channel) => new Step(null, $"s{subscriber}", $"c{channel}", true, null))),
        (2, Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], (subscriber, channel) => new Step(null, $"s{subscriber}", $"c{channel}", false, null))),
        (2, Gen.Select(s_registration, Gen.Int[0, 3].List[0, 2]).List[1, 8].Select(lines => new Step(
            null, null, null, false,
            lines.Select(line => new DeviceImport(line.Item1, line.Item2.Distinct().Select(channel => $"c{channel}").ToList())).ToList()))));

    [Fact]
    public async Task ReadPageAsync_AnyHistory_GivesTheModelsDevicesOnceEach()
    {
        await using var store = await OpenAsync();
        var number = 0;
        await Gen.Select(s_step.List[5, 60], Gen.Int[0, s_capacities.Length - 1].Select(index => s_capacities[index])).SampleAsync(
            async (steps, capacity) =>
            {
                var app = await store.AddAppAsync($"app{Interlocked.Increment(ref number)}");
                var model = new Model();
                foreach (var step in steps)
                {
                    await ApplyAsync(store, app, model, step);
                }

                await CompareAsync(store, app, model, capacity);
            },
            iter: Database.Cases(60), threads: 1);
    }

    private static async Task ApplyAsync(TestStore store, int app, Model model, Step step)
    {
        switch (step)
        {
            case { Registration: { } registration }:
                Assert.Equal(model.Register(registration), await store.Devices.RegisterAsync(app, registration, Stop));
                break;
            case { Import: { } lines }:
                var expected = lines.Select(line => model.Import(line)).ToArray();
                Assert.Equal(expected, await store.Devices.ImportAsync(app, lines, Stop));
                break;
            case { Channel: null }:
                Assert.Equal(model.Devices.Remove(step.Id!), await store.Devices.RemoveAsync(app, step.Id!, Stop));
                break;
            case { Subscribes: true }:
                model.Subscriptions.Add((step.Channel, step.Id!));
                await store.Devices.SubscribeAsync(app, step.Channel, step.Id!, Stop);
                break;
            default:
                model.Subscriptions.Remove((step.Channel, step.Id!));
                await store.Devices.UnsubscribeAsync(app, step.Channel, step.Id!, Stop);
                break;
        }
    }

    private static async Task CompareAsync(TestStore store, int app, Model model, int capacity)
    {
        Audience[] audiences =
        [
            Audience.All,
            Channels("c0"),
            Channels("c1", "c2"),
            Channels("c0", "c1", "c2", "c3", "unknown"),
            Channels([.. Enumerable.Range(0, 4).Select(channel => $"c{channel}").Concat(Enumerable.Range(0, 4).Select(other => $"none{other}"))]),
            Channels("unknown"),
            Condition("'c0' in channels && !('c1' in channels)"),
            Condition("!('c2' in channels)"),
            Condition("'unknown' in channels"),
            new Audience(AudienceKind.Subscribers, [.. Enumerable.Range(0, 12).Select(subscriber => $"s{subscriber}"), "d3", "d4"]),
            new Audience(AudienceKind.Devices, [.. Enumerable.Range(0, 30).Where(device => device % 2 == 0).Select(device => $"d{device}")]),
        ];
        AudienceFilter[] filters =
        [
            AudienceFilter.None,
            new() { Providers = ProviderSet.Fcm },
            new() { Locales = ["en", "de"] },
            new() { Tags = new Dictionary<string, TagMatch> { ["plan"] = TagMatch.Is("p1") } },
            new()
            {
                Tags = new Dictionary<string, TagMatch> { ["plan"] = TagMatch.Is("p2"), ["other"] = TagMatch.Is("x") },
                Providers = ProviderSet.Apns,
                Locales = ["es"],
            },
        ];
        foreach (var audience in audiences)
        {
            foreach (var filter in filters)
            {
                var read = await store.ReadAllAsync(Query(app, audience, filter), capacity);
                Assert.Equal(
                    model.Find(audience, filter).Select(device => (Core.Shard.Of(device.SubscriberId), device.Provider, device.Token)).Order(),
                    read.Select(row => (row.Shard, row.Row.Provider, row.Token)).Order());
            }

            var plain = await store.ReadAllAsync(Query(app, audience), capacity, ProviderSet.Apns);
            Assert.All(plain, row => Assert.Equal(ProviderKind.Apns, row.Row.Provider));
        }

        Assert.Equal(model.Devices.Count, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        foreach (var channel in model.Subscriptions.GroupBy(subscription => subscription.Channel))
        {
            Assert.Equal(channel.Count(), await store.Devices.CountSubscribersAsync(app, channel.Key, Stop));
        }
    }

    private sealed record Step(DeviceRegistration? Registration, string? Id, string? Channel, bool Subscribes, IReadOnlyList<DeviceImport>? Import);

    private sealed class Model
    {
        public Dictionary<string, DeviceRegistration> Devices { get; } = [];

        public HashSet<(string Channel, string Subscriber)> Subscriptions { get; } = [];

        public RegistrationChange Register(DeviceRegistration registration)
        {
            var holder = Devices.Values.SingleOrDefault(device => device.Provider == registration.Provider && device.Token == registration.Token);
            if (holder is not null && holder.DeviceId != registration.DeviceId)
            {
                Devices.Remove(holder.DeviceId);
            }

            var known = Devices.GetValueOrDefault(registration.DeviceId);
            Devices[registration.DeviceId] = registration;
            return known is null ? RegistrationChange.Created
                : known with { Tags = registration.Tags } == registration && known.Tags.OrderBy(tag => tag.Key).SequenceEqual(registration.Tags.OrderBy(tag => tag.Key)) ? RegistrationChange.Unchanged
                : RegistrationChange.Updated;
        }

        public RegistrationChange Import(DeviceImport line)
        {
            var change = Register(line.Registration);
            Subscriptions.UnionWith(line.Channels.Select(channel => (channel, line.Registration.SubscriberId)));
            return change;
        }

        public IEnumerable<DeviceRegistration> Find(Audience audience, AudienceFilter filter) => Devices.Values.Where(device =>
            (audience.Kind switch
            {
                AudienceKind.All => true,
                AudienceKind.Condition => audience.Condition!.Holds(
                    [.. audience.Condition.Channels.Select(channel => Subscriptions.Contains((channel, device.SubscriberId)))]),
                AudienceKind.Channels => audience.Ids.Any(channel => Subscriptions.Contains((channel, device.SubscriberId))),
                AudienceKind.Subscribers => audience.Ids.Contains(device.SubscriberId),
                _ => audience.Ids.Contains(device.DeviceId),
            }) &&
            filter.Providers.Contains(device.Provider) &&
            (filter.Locales.Count == 0 || filter.Locales.Any(range => device.Locale == range || device.Locale?.StartsWith(range + "-", StringComparison.Ordinal) == true)) &&
            filter.Tags.All(tag => device.Tags.TryGetValue(tag.Key, out var value) && tag.Value.Values!.Contains(value)));
    }
}
