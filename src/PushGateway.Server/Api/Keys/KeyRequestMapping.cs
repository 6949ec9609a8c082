using PushGateway.Core.Apps;
using PushGateway.Core.Keys;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Keys;

/// <summary>Checks a request for a key.</summary>
internal static class KeyRequestMapping
{
    public static ApiKeyScopes Map(KeyRequest request, IAppStore apps, FieldErrors errors)
    {
        FieldRules.RequireName(request.Name, "name", errors);
        var scopes = ApiKeyScopes.None;
        if (request.Scopes is not { Count: > 0 })
        {
            errors.Add("scopes", "scopes.missing", $"Name one or more of {ScopeNames.All}.");
        }

        for (var index = 0; index < request.Scopes?.Count; index++)
        {
            if (ScopeNames.TryParse(request.Scopes[index], out var scope))
            {
                scopes |= scope;
            }
            else
            {
                errors.Add($"scopes[{index}]", "scope.unknown", $"Must be one of {ScopeNames.All}.");
            }
        }

        CheckApp(request, scopes, apps, errors);
        return scopes;
    }

    private static void CheckApp(KeyRequest request, ApiKeyScopes scopes, IAppStore apps, FieldErrors errors)
    {
        var isAdmin = scopes.HasFlag(ApiKeyScopes.Admin);
        if (request.App is null)
        {
            if (!isAdmin)
            {
                errors.Add("app", "app.missing", "Only an admin key is for all apps; name the app this key is for.");
            }
        }
        else if (isAdmin)
        {
            errors.Add("app", "app.notAllowed", "An admin key is for all apps and names none.");
        }
        else if (apps.Find(request.App) is null)
        {
            errors.Add("app", "app.unknown", "There is no such app.");
        }
    }
}
