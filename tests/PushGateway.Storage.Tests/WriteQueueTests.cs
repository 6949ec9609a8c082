using System.Threading.Channels;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Tests;

public sealed class WriteQueueTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryRead_BothKindsWait_GivesThePromptFirstAndThePatientTheirShare()
    {
        var queue = new WriteQueue(100);
        var patient = await AddAsync(queue, 10, mayWait: true);
        var prompt = await AddAsync(queue, 40, mayWait: false);

        List<WriteOperation> read = [];
        while (queue.TryRead(out var operation))
        {
            read.Add(operation);
        }

        Assert.Equal(prompt[..8], read[..8]);
        // Every ninth, for as long as prompt ones wait.
        Assert.Equal([8, 17, 26, 35, 44], patient[..5].Select(operation => read.IndexOf(operation)));
        Assert.Equal(prompt.Concat(patient).ToHashSet(), read.ToHashSet());
        Assert.Equal(50, read.Count);
    }

    [Fact]
    public async Task WaitToRead_AfterTheEnd_GivesWhatWaitsAndThenEnds()
    {
        var queue = new WriteQueue(10);
        await AddAsync(queue, 1, mayWait: false);
        await AddAsync(queue, 1, mayWait: true);
        queue.Complete();

        Assert.True(queue.WaitToRead());
        Assert.True(queue.TryRead(out _));
        Assert.True(queue.WaitToRead());
        Assert.True(queue.TryRead(out _));
        Assert.False(queue.WaitToRead());
        Assert.False(queue.WaitToRead());
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await AddAsync(queue, 1, mayWait: true));
    }

    [Fact]
    public async Task WriteAsync_OneKindFull_WaitsWithoutHoldingTheOtherUp()
    {
        var queue = new WriteQueue(2);
        await AddAsync(queue, 2, mayWait: true);
        var third = AddAsync(queue, 1, mayWait: true);

        await AddAsync(queue, 1, mayWait: false);
        Assert.False(third.IsCompleted);
        Assert.True(queue.TryRead(out _));
        Assert.True(queue.TryRead(out _));
        await third.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private static async Task<List<WriteOperation>> AddAsync(WriteQueue queue, int count, bool mayWait)
    {
        List<WriteOperation> operations = [];
        for (var number = 0; number < count; number++)
        {
            operations.Add(new WriteOperation<bool>(_ => true, Stop));
            await queue.WriteAsync(operations[^1], mayWait, Stop);
        }

        return operations;
    }
}
