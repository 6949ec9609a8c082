using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Hosting;

/// <summary>The open connections of one listener.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<SimulatedConnection, byte> _open = new();

    public ConnectionTotals Totals { get; } = new();

    /// <summary>Connection middleware: registers the connection for as long as it lives.</summary>
    public ConnectionDelegate Track(ConnectionDelegate next) => async context =>
    {
        var connection = new SimulatedConnection(context, Totals);
        context.Features.Set(connection);
        Totals.ConnectionOpened();
        _open.TryAdd(connection, 0);
        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(connection, out _);
            Totals.ConnectionClosed();
        }
    };

    /// <returns>How many were open.</returns>
    public int CloseAll(bool gracefully)
    {
        var closed = 0;
        foreach (var connection in _open.Keys)
        {
            closed++;
            if (gracefully)
            {
                connection.CloseGracefully();
            }
            else
            {
                connection.Abort();
            }
        }

        return closed;
    }
}
