using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Keys;
using PushGateway.Core.Nodes;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Nodes;

/// <summary><c>/v1/nodes</c>.</summary>
internal sealed class NodeEndpoints(INodeDirectory nodes)
{
    public static void Map(RouteGroupBuilder v1) => v1
        .MapGet("/nodes", (NodeEndpoints endpoints, CancellationToken cancellationToken) => endpoints.ListAsync(cancellationToken))
        .WithTags("Nodes").RequireScope(ApiKeyScopes.Admin)
        .WithName("ListNodes").WithSummary("Lists the gateways that share the store, with how much of the work is each one's.");

    private async Task<Ok<ListResponse<NodeResponse>>> ListAsync(CancellationToken cancellationToken) => TypedResults.Ok(new ListResponse<NodeResponse>
    {
        Items =
        [
            .. (await nodes.ListAsync(cancellationToken)).Select(node => new NodeResponse
            {
                Id = node.Key.ToString(CultureInfo.InvariantCulture),
                Name = node.Name,
                Version = node.Version,
                State = NameOf(node.State),
                StartedAt = node.StartedAt,
                SeenAt = node.SeenAt,
                Shards = node.Shards,
                Self = node.IsThis,
            }),
        ],
        NextCursor = null,
    });

    private static string NameOf(NodeState state) => state switch
    {
        NodeState.Running => "running",
        NodeState.Leaving => "leaving",
        NodeState.Silent => "silent",
        NodeState.Late => "late",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state."),
    };
}
