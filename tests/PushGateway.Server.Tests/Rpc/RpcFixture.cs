using Grpc.Core;
using Grpc.Net.Client;
using PushGateway.Server.Tests.Api;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.Server.Tests.Rpc;

/// <summary>A gateway that speaks gRPC without TLS at an address of its own.</summary>
public sealed class RpcFixture : IAsyncLifetime
{
    private int _apps;

    internal TestGateway Gateway { get; private set; } = null!;

    internal Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync() => (Gateway, Address) = await StartAsync([]);

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    internal static async Task<(TestGateway Gateway, Uri Address)> StartAsync(Dictionary<string, string?> settings)
    {
        var address = new Uri($"http://127.0.0.1:{GatewayProcess.FreePort()}");
        settings["PushGateway:Grpc:Url"] = address.ToString();
        return (await TestGateway.StartAsync(settings), address);
    }

    internal GrpcChannel Open(string? key) => Open(Address, key);

    /// <param name="window">Bytes the client takes before it reads.</param>
    internal static GrpcChannel Open(Uri address, string? key, int window = 65_535)
    {
        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            if (key is not null)
            {
                metadata.Add("authorization", $"Bearer {key}");
            }

            return Task.CompletedTask;
        });
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = window },
            DisposeHttpClient = true,
            UnsafeUseInsecureChannelCallCredentials = true,
            Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials),
        });
    }

    /// <summary>An app with a key of each scope, as text.</summary>
    internal async Task<RpcApp> CreateAppAsync()
    {
        var id = $"rpc-{Interlocked.Increment(ref _apps)}";
        return await CreateAppAsync(Gateway, id);
    }

    internal static async Task<RpcApp> CreateAppAsync(TestGateway gateway, string id)
    {
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync($"/v1/apps/{id}", new { name = "An app" })).Expect(201);
        return new RpcApp(id, admin, await KeyAsync("publish"), await KeyAsync("read"));

        async Task<string> KeyAsync(string scope) =>
            (await admin.PostAsync("/v1/keys", new { name = scope, scopes = new[] { scope }, app = id })).Expect(201).Text("key");
    }
}

internal sealed record RpcApp(string Id, ApiClient Admin, string PublishKey, string ReadKey)
{
    public string Path => $"/v1/apps/{Id}";
}
