using System.Globalization;
using CsCheck;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Tests;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Random populations, then random audiences with random filters, each compared with a naive selection in memory.</summary>
public abstract class AudienceSelectionTests(TestDatabase database, ITestOutputHelper output) : StoreTests(database)
{
    private const int CasesPerPopulation = 50;

    // Some hundred with every run of the suite; tests/audiences.sh asks for more.
    private static readonly int s_cases =
        Environment.GetEnvironmentVariable("PUSHGATEWAY_AUDIENCE_CASES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 300;

    private static readonly int[] s_capacities = [1, 2, 3, 7, 1_000];

    // From one that nearly everybody is in to some that nearly nobody is in, and two that do not exist.
    private static readonly string[] s_channels = [.. Enumerable.Range(0, 22).Select(number => $"c{number}"), "none", "never"];

    private static readonly string?[] s_locales = ["en", "en-us", "es-mx", "de", null];
    private static readonly string?[] s_zones = ["Europe/Madrid", "Europe/Berlin", "America/New_York", "UTC", null];
    private static readonly string?[] s_versions = ["1.9", "2.0", "2.1", "2.1.0", "2.9", "2.10", "2.10.1", "3", "v3", "2.1-beta", "", null];

    private static readonly string?[] s_bounds = [null, .. s_versions.Take(8)];

    private static readonly Gen<DeviceRegistration> s_device =
        from traits in Gen.Select(OneOf(s_locales), OneOf(s_zones), OneOf(s_versions), Gen.Enum<ProviderKind>())
        from plan in Gen.Int[0, 3]
        from beta in Gen.Bool
        select new DeviceRegistration
        {
            DeviceId = string.Empty,
            SubscriberId = string.Empty,
            Token = string.Empty,
            Provider = traits.Item4,
            Locale = traits.Item1,
            TimeZone = traits.Item2,
            AppVersion = traits.Item3,
            Tags = new[] { ("plan", $"p{plan}\"é"), ("beta", string.Empty) }.Where((_, index) => index == 0 ? plan > 0 : beta)
                .ToDictionary(tag => tag.Item1, tag => tag.Item2),
        };

    private static readonly Gen<(Audience Audience, Func<Person, bool> Holds)> s_audience = Gen.Frequency(
        (1, Gen.Const<(Audience, Func<Person, bool>)>((Audience.All, _ => true))),
        (2, Some(s_channels).Select(ids => ((Audience, Func<Person, bool>))(Channels(ids), person => ids.Any(person.Channels.Contains)))),
        (1, Some([.. Enumerable.Range(0, 60).Select(number => $"s{number}")]).Select(ids =>
            ((Audience, Func<Person, bool>))(new Audience(AudienceKind.Subscribers, ids), person => ids.Contains(person.Device.SubscriberId)))),
        (1, Some([.. Enumerable.Range(0, 90).Select(number => $"d{number}")]).Select(ids =>
            ((Audience, Func<Person, bool>))(new Audience(AudienceKind.Devices, ids), person => ids.Contains(person.Device.DeviceId)))),
        (6, Gen.Int[0, 6].SelectMany(depth => ConditionTree.Of(depth, s_channels)).Select(tree =>
            ((Audience, Func<Person, bool>))(Condition(tree.Text), person => tree.Holds(person.Channels)))));

    private static readonly Gen<FilterCase> s_filter =
        from providers in Gen.Frequency((3, ProviderSet.All), (1, ProviderSet.Apns), (1, ProviderSet.Fcm))
        from locales in Maybe(Some(["en", "es", "de", "en-us"]), [])
        from zones in Maybe(Some([.. s_zones.OfType<string>()]), [])
        from versions in Perhaps(Gen.Select(OneOf(s_bounds), OneOf(s_bounds[1..]), (low, high) => new AppVersionRange(low, high)))
        from plan in Perhaps(Gen.OneOf(
            Gen.Const(TagMatch.Present), Gen.Const(TagMatch.Absent), Some(["p1\"é", "p2\"é", "p3", "pro"]).Select(TagMatch.AnyOf)))
        from beta in Perhaps(Gen.OneOf(Gen.Const(TagMatch.Present), Gen.Const(TagMatch.Absent), Gen.Const(TagMatch.Is(string.Empty))))
        from seen in Gen.Select(Maybe(Gen.Int[0, 45].Select(hour => (int?)hour), null), Maybe(Gen.Int[0, 45].Select(hour => (int?)hour), null))
        select new FilterCase(providers, locales, zones, versions, plan, beta, seen.Item1, seen.Item2);

    [Fact]
    public async Task ReadPageAsync_AnyAudienceAndFilter_SelectsWhatTheRulesSelect()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LookedAtPerRow"] = "2");
        var population = Gen.Select(s_device, Gen.Int[0, 59], Gen.Double[0, 1].Array[s_channels.Length]).Array[90];
        var selection = Gen.Select(s_audience, s_filter, Perhaps(s_filter), Gen.Int[0, 4]);
        var (apps, cases, selected) = (0, 0, 0L);
        await Gen.Select(population, selection.Array[CasesPerPopulation]).SampleAsync(
            async (devices, selections) =>
            {
                var app = await store.AddAppAsync($"app{apps++}");
                var begin = store.Time.GetUtcNow();
                var people = await PopulateAsync(store, app, devices);
                foreach (var (audience, filter, saved, capacity) in selections)
                {
                    selected += await CompareAsync(store, app, people, audience, filter, saved, begin, s_capacities[capacity]);
                    cases++;
                }
            },
            iter: Math.Max(1, Database.Cases(s_cases) / CasesPerPopulation), threads: 1);
        output.WriteLine($"{cases} audiences, {selected} devices selected.");
        Assert.NotEqual(0, selected);
    }

    private static async Task<int> CompareAsync(
        TestStore store, int app, List<Person> people, (Audience Audience, Func<Person, bool> Holds) audience, FilterCase filter, FilterCase? saved,
        DateTimeOffset begin, int capacity)
    {
        var expected = people.Where(person => audience.Holds(person) && filter.Holds(person) && saved?.Holds(person) != false).ToList();
        var narrowed = saved is null ? filter.Filter(begin) : filter.Filter(begin).And(saved.Filter(begin));
        var query = Query(app, audience.Audience, narrowed);

        var read = await store.ReadAllAsync(query, capacity);
        Assert.Equal(expected.Select(person => person.Device.Token).Order(StringComparer.Ordinal), read.Select(row => row.Token).Order(StringComparer.Ordinal));
        var count = await new AudienceCounter(store.Audiences).CountAsync(query, Stop);
        Assert.Equal((expected.Count, expected.Select(person => person.Device.SubscriberId).Distinct().Count()), (count.Devices.Sum(), count.Subscribers));
        Assert.InRange(await store.Events.EstimateAudienceAsync(app, audience.Audience, Stop), people.Any(audience.Holds) ? 1 : 0, long.MaxValue);
        return expected.Count;
    }

    private static async Task<List<Person>> PopulateAsync(TestStore store, int app, (DeviceRegistration Device, int Subscriber, double[] Luck)[] population)
    {
        var (people, channels) = (new List<Person>(), new Dictionary<string, HashSet<string>>());
        var begin = store.Time.GetUtcNow();
        for (var number = 0; number < population.Length; number++)
        {
            var (device, subscriber, luck) = population[number];
            var registration = device with { DeviceId = $"d{number}", SubscriberId = $"s{subscriber}", Token = $"token-{number}" };
            if (!channels.TryGetValue(registration.SubscriberId, out var member))
            {
                // Channel number n has about 1 in 1 + n / 2 subscribers; the last two have none.
                channels[registration.SubscriberId] = member = [.. s_channels.SkipLast(2).Where((_, channel) => luck[channel] < 1.0 / (1 + (channel / 2.0)))];
            }

            await store.Devices.ImportAsync(app, [new DeviceImport(registration, [.. member])], Stop);
            people.Add(new Person(registration, member, store.Time.GetUtcNow() - begin));
            if (number % 2 == 1)
            {
                store.Time.Advance(TimeSpan.FromHours(1));
            }
        }

        return people;
    }

    /// <returns>One number for up to three small ones.</returns>
    private static int? Version(string? text)
    {
        var parts = text?.Split('.') ?? [];
        return parts.Length > 0 && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))
            ? parts.Concat(["0", "0"]).Take(3).Aggregate(0, (sum, part) => (sum * 1_000) + int.Parse(part))
            : null;
    }

    private static Gen<T> OneOf<T>(T[] items) => Gen.Int[0, items.Length - 1].Select(index => items[index]);

    private static Gen<string[]> Some(string[] items) => OneOf(items).Array[1, 6].Select(chosen => chosen.Distinct().ToArray());

    private static Gen<T?> Perhaps<T>(Gen<T> gen)
        where T : class => Maybe(gen.Select(value => (T?)value), null);

    private static Gen<T> Maybe<T>(Gen<T> gen, T otherwise) => Gen.Frequency((2, Gen.Const(otherwise)), (1, gen));

    /// <param name="Seen">When the device registered, since its population began.</param>
    private sealed record Person(DeviceRegistration Device, HashSet<string> Channels, TimeSpan Seen);

    /// <param name="FromHour">Since the population began.</param>
    private sealed record FilterCase(
        ProviderSet Providers, string[] Locales, string[] Zones, AppVersionRange? Versions, TagMatch? Plan, TagMatch? Beta, int? FromHour, int? BeforeHour)
    {
        private Dictionary<string, TagMatch> Tags => new[] { ("plan", Plan), ("beta", Beta) }
            .Where(tag => tag.Item2 is not null).ToDictionary(tag => tag.Item1, tag => tag.Item2!);

        public AudienceFilter Filter(DateTimeOffset begin) => new()
        {
            Providers = Providers,
            Locales = Locales,
            TimeZones = Zones,
            AppVersions = Versions,
            Tags = Tags,
            SeenFrom = FromHour is { } from ? begin.AddHours(from) : null,
            SeenBefore = BeforeHour is { } before ? begin.AddHours(before) : null,
        };

        public bool Holds(Person person) =>
            Providers.Contains(person.Device.Provider) &&
            (Locales.Length == 0 || Locales.Any(range => $"{person.Device.Locale}-".StartsWith($"{range}-", StringComparison.Ordinal))) &&
            (Zones.Length == 0 || Zones.Contains(person.Device.TimeZone)) &&
            (Versions is null || (Version(person.Device.AppVersion) is { } version &&
                (Version(Versions.From) is not { } low || version >= low) && (Version(Versions.To) is not { } high || version < high))) &&
            Tags.All(tag => person.Device.Tags.TryGetValue(tag.Key, out var value)
                ? tag.Value.IsThere && tag.Value.Values?.Contains(value) != false
                : !tag.Value.IsThere) &&
            (FromHour is not { } from || person.Seen >= TimeSpan.FromHours(from)) && (BeforeHour is not { } before || person.Seen < TimeSpan.FromHours(before));
    }
}
