using PushGateway.Core.Keys;

namespace PushGateway.Server.Api.Keys;

/// <summary>The contract's words for scopes.</summary>
internal static class ScopeNames
{
    private static readonly (ApiKeyScopes Scope, string Name)[] s_names =
    [
        (ApiKeyScopes.Admin, "admin"),
        (ApiKeyScopes.Publish, "publish"),
        (ApiKeyScopes.Devices, "devices"),
        (ApiKeyScopes.Read, "read"),
    ];

    public static string All { get; } = string.Join(", ", s_names.Select(entry => entry.Name));

    public static IReadOnlyList<string> Of(ApiKeyScopes scopes) => [.. s_names.Where(entry => scopes.HasFlag(entry.Scope)).Select(entry => entry.Name)];

    public static bool TryParse(string name, out ApiKeyScopes scope)
    {
        scope = s_names.FirstOrDefault(entry => entry.Name == name).Scope;
        return scope != ApiKeyScopes.None;
    }
}
