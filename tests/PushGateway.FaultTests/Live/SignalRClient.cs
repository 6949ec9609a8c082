using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace PushGateway.FaultTests.Live;

/// <summary>One hub connection for all its channels. When that ends it makes another, to the gateway that whoever comes first wants.</summary>
internal sealed class SignalRClient(IReadOnlyList<Uri> nodes, string app, string token, HttpTransportType transport) : ILiveClient
{
    private readonly SemaphoreSlim _gate = new(1);
    private HubConnection? _connection;

    public async IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(node, cancellationToken);
        await foreach (var json in connection.StreamAsync<JsonElement>("Subscribe", app, channel, since, false, cancellationToken))
        {
            if (LiveStreamItem.Of(json) is { } item)
            {
                yield return item;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        _gate.Dispose();
    }

    private async Task<HubConnection> ConnectAsync(int node, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_connection is { State: HubConnectionState.Connected })
            {
                return _connection;
            }

            if (_connection is not null)
            {
                await _connection.DisposeAsync();
            }

            _connection = new HubConnectionBuilder()
                .WithUrl(new Uri(nodes[node], "/v1/live"), transport, options => options.AccessTokenProvider = () => Task.FromResult<string?>(token))
                .Build();
            await _connection.StartAsync(cancellationToken);
            return _connection;
        }
        finally
        {
            _gate.Release();
        }
    }
}
