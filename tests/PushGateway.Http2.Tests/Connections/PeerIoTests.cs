using System.Net;
using System.Net.Sockets;
using PushGateway.Http2.Connections;

namespace PushGateway.Http2.Tests.Connections;

public sealed class PeerIoTests
{
    [Fact]
    public async Task Read_OfAStreamClosedMeanwhile_IsLost()
    {
        var io = await CreateOnClosedStreamAsync();

        Assert.Equal(IoState.Lost, io.Read(new byte[10], out var count));
        Assert.Equal(0, count);
        Assert.NotNull(io.Failure);
        io.Reap();
    }

    [Fact]
    public async Task Write_ToAStreamClosedMeanwhile_IsLost()
    {
        var io = await CreateOnClosedStreamAsync();

        Assert.Equal(IoState.Lost, io.Write(new byte[10]));
        Assert.False(io.IsWriting);
        Assert.NotNull(io.Failure);
        io.Reap();
    }

    private static async Task<PeerIo> CreateOnClosedStreamAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.DisposeAsync();
        return new PeerIo(stream, () => { });
    }
}
