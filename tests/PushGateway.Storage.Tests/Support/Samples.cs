using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Storage.Tests.Support;

internal static class Samples
{
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static DeviceRegistration Device(string id, string? subscriber = null, string? token = null, ProviderKind provider = ProviderKind.Apns) => new()
    {
        DeviceId = id,
        Provider = provider,
        Token = token ?? $"token-of-{id}",
        SubscriberId = subscriber ?? id,
    };

    public static PushEvent Event(string id, Audience? audience = null, AudienceFilter? filter = null, TestStore? store = null, DateTimeOffset? sendAt = null) => new()
    {
        Id = id,
        AppId = "app",
        Type = "test.event",
        Audience = audience ?? Audience.All,
        Filter = filter ?? AudienceFilter.None,
        Notification = new NotificationContent { Title = "Title", Body = "Body" },
        Options = new EventOptions { SendAt = sendAt },
        CreatedAt = store?.Time.GetUtcNow() ?? DateTimeOffset.Parse("2026-01-02T03:04:05.678Z"),
    };

    public static Audience Channels(params string[] ids) => new(AudienceKind.Channels, ids);

    public static Audience Condition(string text) =>
        Audience.Where(ChannelCondition.TryParse(text, out var condition, out var problem) ? condition : throw new ArgumentException(problem.ToString(), nameof(text)));

    public static IdempotencyKey Key(string key, byte request = 1) => new(key, Enumerable.Repeat(request, 32).ToArray());

    public static AudienceQuery Query(int appKey, Audience audience, AudienceFilter? filter = null, int apnsVersion = 0, int fcmVersion = 0) => new()
    {
        AppKey = appKey,
        Audience = audience,
        Filter = filter ?? AudienceFilter.None,
        CredentialVersions = [apnsVersion, fcmVersion],
    };

    public static async Task<int> AddAppAsync(this TestStore store, string id = "app") => (await store.Apps.PutAsync(id, id, Stop)).App.Key;

    /// <summary>Reads a whole audience shard by shard and checks what every page promises on the way.</summary>
    public static async Task<List<(int Shard, AudienceRow Row, string Token)>> ReadAllAsync(
        this TestStore store, AudienceQuery query, int capacity = 1_000, ProviderSet providers = ProviderSet.All)
    {
        var all = new List<(int, AudienceRow, string)>();
        var page = new AudiencePage(capacity);
        for (var shard = 0; shard < Core.Shard.Count; shard++)
        {
            var cursor = default(AudienceCursor);
            do
            {
                await store.Audiences.ReadPageAsync(query, shard, providers, cursor, page, Stop);
                Assert.True(page.Count <= capacity);
                for (var index = 0; index < page.Count; index++)
                {
                    var row = page[index];
                    Assert.True((row.SubscriberKey, row.DeviceKey).CompareTo((cursor.SubscriberKey, cursor.DeviceKey)) > 0, "Rows must follow the cursor in order.");
                    cursor = new AudienceCursor(row.SubscriberKey, row.DeviceKey);
                    all.Add((shard, row, System.Text.Encoding.UTF8.GetString(page.Token(index))));
                }

                Assert.True((page.End.SubscriberKey, page.End.DeviceKey).CompareTo((cursor.SubscriberKey, cursor.DeviceKey)) >= 0, "The end must not lie before the last row.");
                Assert.True(page.IsLast || page.End != cursor || page.Count > 0, "A page that is not the last must get on.");
                cursor = page.End;
            }
            while (!page.IsLast);
        }

        return all;
    }
}
