using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Apps;

/// <summary>Checks what is said about an app.</summary>
internal static class AppRequestMapping
{
    public static string? Map(AppRequest request, FieldErrors errors) =>
        FieldRules.RequireName(request.Name, "name", errors) ? request.Name : null;
}
