using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>A request that was begun has an answer, also when it comes back and its batch has changed its mind.</summary>
public sealed class RefusedTests
{
    [Fact]
    public async Task Refused_WhileTheBatchWantsNothingMore_IsAnswered()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new HaltingBatch();

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Reset(request.StreamId, WireError.RefusedStream));
        await sending;

        Assert.Equal(1, batch.Written);
        Assert.Equal([PostFault.Refused], batch.Faults);
    }

    [Fact]
    public async Task Refused_ThenUnreachableWhileTheBatchWantsNothingMore_IsAnswered()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new HaltingBatch();

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        await connection.ReadRequestAsync();
        server.Serve((next, _) =>
        {
            next.Abort();
            return Task.CompletedTask;
        });
        await connection.SendAsync(WireFrame.GoAway(0));
        await sending;

        Assert.Equal(PostFault.Unreachable, Assert.Single(batch.Faults));
    }
}
