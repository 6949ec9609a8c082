using Microsoft.AspNetCore.Authorization;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

internal static class ScopeEndpointExtensions
{
    /// <summary>Only keys with one of the scopes, and with <see cref="ApiKeyScopes.Admin"/>, which includes all.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, ApiKeyScopes anyOf)
        where TBuilder : IEndpointConventionBuilder
    {
        var requirement = new ScopeRequirement(anyOf);
        var policy = new AuthorizationPolicyBuilder(ApiKeyAuthenticationHandler.SchemeName).AddRequirements(requirement).Build();
        return builder.RequireAuthorization(policy).WithMetadata(requirement);
    }
}
