using PushGateway.Core.Administration;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Links to the first account: good at every gateway of the store until there is a user.</summary>
public abstract class FirstSignInStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task IsFirstSignInAsync_Link_WorksAfterAStartUntilItsTimeIsOver()
    {
        var store = await OpenAsync();
        var now = store.Time.GetUtcNow();
        Assert.True(await Users(store).AddFirstSignInAsync("aa", now, now.AddHours(1), Stop));
        await using var reopened = await store.ReopenAsync();
        Assert.True(await Users(reopened).AddFirstSignInAsync("bb", now, now.AddHours(2), Stop));

        Assert.True(await Users(reopened).IsFirstSignInAsync("aa", now.AddMinutes(59), Stop));
        Assert.False(await Users(reopened).IsFirstSignInAsync("aa", now.AddHours(1), Stop));
        Assert.True(await Users(reopened).IsFirstSignInAsync("bb", now.AddHours(1), Stop));
        Assert.False(await Users(reopened).IsFirstSignInAsync("cc", now, Stop));
    }

    [Fact]
    public async Task AddAsync_FirstUser_EndsEveryLink()
    {
        await using var store = await OpenAsync();
        var now = store.Time.GetUtcNow();
        await Users(store).AddFirstSignInAsync("aa", now, now.AddHours(1), Stop);

        Assert.Equal(AdminUserChange.Done, await Users(store).AddAsync(User("ada", now), onlyAsFirst: true, Stop));

        Assert.False(await Users(store).IsFirstSignInAsync("aa", now, Stop));
        Assert.False(await Users(store).AddFirstSignInAsync("bb", now, now.AddHours(1), Stop));
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task AddFirstSignInAsync_StartsWithoutEnd_KeepsABoundedNumber()
    {
        await using var store = await OpenAsync();
        var now = store.Time.GetUtcNow();
        for (var number = 0; number <= IAdminUserStore.MostFirstSignIns; number++)
        {
            Assert.True(await Users(store).AddFirstSignInAsync($"{number}", now, now.AddHours(1).AddSeconds(number), Stop));
        }

        Assert.Equal(IAdminUserStore.MostFirstSignIns, await CountAsync(store));
        Assert.False(await Users(store).IsFirstSignInAsync("0", now, Stop));
        Assert.True(await Users(store).IsFirstSignInAsync("1", now, Stop));
        await Users(store).AddFirstSignInAsync("later", now.AddDays(1), now.AddDays(2), Stop);
        Assert.Equal(1, await CountAsync(store));
    }

    internal static IAdminUserStore Users(TestStore store) => store.Get<IAdminUserStore>();

    internal static AdminUser User(string name, DateTimeOffset now) => new() { Id = name, Name = name, Role = AdminRole.Admin, Stamp = "stamp", CreatedAt = now };

    private static async Task<long> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(session => session.Statement("SELECT count(*) FROM FirstSignIns").ScalarInt64() ?? 0, Stop);
}
