namespace PushGateway.Core.Nodes;

/// <summary>The gateways that share the store.</summary>
public interface INodeDirectory
{
    /// <returns>Those that dispatch or have done so within the last hour without taking their leave, in the order in which they came.</returns>
    Task<IReadOnlyList<GatewayNode>> ListAsync(CancellationToken cancellationToken);
}
