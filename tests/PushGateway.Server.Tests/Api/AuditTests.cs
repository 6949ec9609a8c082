using PushGateway.Core.Administration;

namespace PushGateway.Server.Tests.Api;

/// <summary>What is changed through the API by an admin key stands in the audit log, with the key's name.</summary>
public sealed class AuditTests
{
    private static readonly string[] s_admin = ["admin"];
    private static readonly string[] s_read = ["read"];
    private static readonly string[] s_completed = ["event.completed"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_ThroughTheApi_IsInTheAuditLogOnceItIsDone()
    {
        await using var gateway = await TestGateway.StartAsync();
        var first = gateway.Client(GatewayFixture.AdminKey);
        var made = (await first.PostAsync("/v1/keys", new { name = "deploy", scopes = s_admin })).Expect(201);
        var admin = gateway.Client(made.Text("key"));
        (await admin.PutAsync("/v1/apps/shop", new { name = "Shop" })).Expect(201);
        (await admin.PutAsync("/v1/apps/shop/webhooks/hook", new { url = "https://example.com/hook", events = s_completed })).Expect(201);
        (await admin.PutAsync("/v1/apps/shop", new { name = 5 })).Expect(400);
        (await admin.DeleteAsync("/v1/apps/other")).Expect(404);
        (await admin.GetAsync("/v1/apps/shop")).Expect(200);
        var other = (await admin.PostAsync("/v1/keys", new { name = "web", scopes = s_read, app = "shop" })).Expect(201);
        (await admin.DeleteAsync($"/v1/keys/{other.Text("id")}")).Expect(204);
        (await admin.DeleteAsync("/v1/apps/shop")).Expect(204);

        var entries = await gateway.Service<IAuditLog>().ListAsync(null, 100, Cancelled);
        Assert.Equal(
            [
                ("key deploy", "app.delete", "shop", null),
                ("key deploy", "key.remove", other.Text("id"), "web"),
                ("key deploy", "key.create", "shop", "web"),
                ("key deploy", "webhook.put", "shop", "hook"),
                ("key deploy", "app.put", "shop", null),
            ],
            entries.Take(5).Select(entry => (entry.Actor, entry.Action, entry.Target, entry.Detail)));
        Assert.Equal(("key.create", "all apps", "deploy"), (entries[5].Action, entries[5].Target, entries[5].Detail));
        Assert.All(entries, entry => Assert.DoesNotContain(made.Text("key"), $"{entry}", StringComparison.Ordinal));
    }
}
