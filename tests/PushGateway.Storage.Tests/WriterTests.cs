using System.Data.Common;
using PushGateway.Core;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class WriterTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task RunAsync_ManyWaiting_ShareOneCommit()
    {
        await using var store = await OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var before = store.Writer.Commits;
        var waiting = Enumerable.Range(1, 100).Select(number => store.Writer.RunAsync(session => Insert(session, number), Stop)).ToList();
        Assert.All(waiting, change => Assert.False(change.IsCompleted));

        hold.Set();
        await Task.WhenAll([first, .. waiting]);

        // The held one and all that waited behind it, or, if it began alone, two.
        Assert.InRange(store.Writer.Commits - before, 1, 2);
        Assert.Equal(100, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_OneFailsAmongMany_OnlyThatOneIsUndone()
    {
        await using var store = await OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var committed = 0;
        var changes = Enumerable.Range(1, 20).Select(number => store.Writer.RunAsync(
            session =>
            {
                Insert(session, number);
                session.OnCommitted(() => committed++);
                if (number == 7)
                {
                    throw new InvalidOperationException("Seven.");
                }
            },
            Stop)).ToList();
        hold.Set();
        await first;

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(changes));

        Assert.Equal("Seven.", problem.Message);
        Assert.Equal(19, changes.Count(change => change.IsCompletedSuccessfully));
        Assert.Equal(19, committed);
        Assert.Equal(19, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_ConstraintBroken_GivesTheErrorToItsCallerAndGoesOn()
    {
        await using var store = await OpenAsync();
        await store.Writer.RunAsync(session => Insert(session, 1), Stop);

        await Assert.ThrowsAnyAsync<DbException>(() => store.Writer.RunAsync(session => Insert(session, 1), Stop));

        await store.Writer.RunAsync(session => Insert(session, 2), Stop);
        Assert.Equal(2, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_CancelledBeforeItBegan_ChangesNothing()
    {
        await using var store = await OpenAsync();
        using var hold = new ManualResetEventSlim();
        using var giveUp = new CancellationTokenSource();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var second = store.Writer.RunAsync(session => Insert(session, 1), giveUp.Token);
        await giveUp.CancelAsync();
        hold.Set();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task StopAsync_ChangesWaiting_AreDurableAndLaterOnesRefused()
    {
        var store = await OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var waiting = Enumerable.Range(1, 10).Select(number => store.Writer.RunAsync(session => Insert(session, number), Stop)).ToList();
        var stopping = store.StopAsync();
        hold.Set();
        await stopping;

        await Task.WhenAll([first, .. waiting]);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Writer.RunAsync(session => Insert(session, 99), Stop));
        await using var reopened = await store.ReopenAsync();
        Assert.Equal(10, await CountAsync(reopened));
    }

    [Fact]
    public async Task NextKey_AfterFailureAndRestart_NeverRepeats()
    {
        var store = await OpenAsync();
        var seen = new HashSet<long>();
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 700; number++)
            {
                var undone = number % 5 == 0;
                try
                {
                    var key = await store.Writer.RunAsync(
                        session =>
                        {
                            var next = session.NextKey(KeySequence.Device);
                            return undone ? throw new InvalidOperationException() : next;
                        },
                        Stop);
                    Assert.True(seen.Add(key), $"Key {key} was handed out twice.");
                }
                catch (InvalidOperationException) when (undone)
                {
                    // Not committed, so the key was seen by nobody.
                }
            }

            store = await store.ReopenAsync();
        }

        await store.DisposeAsync();
    }

    private static void Insert(WriteSession session, long channelKey) => session
        .Statement("INSERT INTO Channels (ChannelKey, AppKey, ChannelId) VALUES (?1, 0, ?2)").Bind(1, channelKey).Bind(2, $"c{channelKey}").Execute();

    private static async Task<long?> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(session => session.Statement("SELECT count(*) FROM Channels").ScalarInt64(), Stop);
}
