using PushGateway.Core.Outbound;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>The rule for fields with an address that the gateway will connect to.</summary>
internal static class OutboundFields
{
    /// <summary>Adds an error when the policy does not let connections lead there.</summary>
    public static async Task CheckAsync(OutboundPolicy policy, Uri url, string field, FieldErrors errors, CancellationToken cancellationToken)
    {
        if (await policy.CheckAsync(url, cancellationToken) is { } rule)
        {
            errors.Add(field, "address.notAllowed", $"Must {rule}");
        }
    }
}
