using System.Reflection;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Nodes;

namespace PushGateway.Storage.Nodes;

/// <summary>The gateway that has its store to itself.</summary>
internal sealed class SoleNode(IOptions<StorageOptions> options, TimeProvider timeProvider) : IShardLeases, INodeDirectory
{
    private readonly DateTimeOffset _startedAt = timeProvider.GetUtcNow();

    public bool IsShared => false;

    public ShardLeases Held => ShardLeases.All;

    public bool HasLapsed => false;

    public event Action? Changed
    {
        // Nothing ever changes.
        add { }
        remove { }
    }

    public Task JoinAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Left(int shard)
    {
    }

    public void Lost(int shard, long epoch)
    {
    }

    public void Leave()
    {
    }

    public Task<IReadOnlyList<GatewayNode>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<GatewayNode>>(
        [new GatewayNode(1, NameOf(options.Value), ProgramVersion, NodeState.Running, _startedAt, timeProvider.GetUtcNow(), TimeSpan.Zero, Shard.Count, IsThis: true)]);

    internal static string NameOf(StorageOptions options) => options.NodeName is { Length: > 0 } name ? name : Environment.MachineName;

    internal static string ProgramVersion { get; } =
        (typeof(SoleNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
