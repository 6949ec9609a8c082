using PushGateway.Core.Administration;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.Storage.Tests;

public abstract class AuditLogTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task Find_ByWhoWhatTargetTextAndTime_GivesThoseThatFitNewestFirst()
    {
        await using var store = await OpenAsync();
        var (log, at) = (store.Get<IAuditLog>(), store.Time.GetUtcNow());
        foreach (var (minute, actor, action, target, detail) in new (int, string, string, string, string?)[]
        {
            (1, "Ada", "app.put", "shop", "The shop"), (2, "key deploy", "webhook.put", "shop", "Reports_100%"), (3, "Ada", "webhook.delete", "news", "reports"), (4, "Ben", "user.add", "eve", null),
        })
        {
            await log.AddAsync(new AuditEntry(0, at.AddMinutes(minute), actor, action, target, detail), Stop);
        }

        await Finds(new AuditQuery { Limit = 10 }, 4, 3, 2, 1);
        await Finds(new AuditQuery { Limit = 2 }, 4, 3);
        await Finds(new AuditQuery { Limit = 10, Actor = "aDA" }, 3, 1);
        await Finds(new AuditQuery { Limit = 1, Actor = "ada", Before = 3 }, 1);
        await Finds(new AuditQuery { Limit = 10, Action = "webhook." }, 3, 2);
        await Finds(new AuditQuery { Limit = 10, Target = "shop" }, 2, 1);
        await Finds(new AuditQuery { Limit = 10, Target = "sho" });
        await Finds(new AuditQuery { Limit = 10, Text = "REPORTS" }, 3, 2);
        await Finds(new AuditQuery { Limit = 10, Text = "s_100%" }, 2);
        await Finds(new AuditQuery { Limit = 10, Text = "%" }, 2);
        await Finds(new AuditQuery { Limit = 10, From = at.AddMinutes(2), To = at.AddMinutes(4) }, 3, 2);
        await Finds(new AuditQuery { Limit = 10, Target = "shop", Text = "shop", Actor = "a", From = at }, 1);

        async Task Finds(AuditQuery query, params int[] minutes) =>
            Assert.Equal(minutes.Select(minute => at.AddMinutes(minute)), (await log.FindAsync(query, Stop)).Select(entry => entry.At));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
}
