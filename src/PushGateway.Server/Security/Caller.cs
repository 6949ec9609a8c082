using System.Reflection;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>The key a request was made with.</summary>
internal sealed record Caller(ApiKey Key) : IBindableFromHttpContext<Caller>
{
    public bool IsAdmin => Key.Scopes.HasFlag(ApiKeyScopes.Admin);

    public bool HasAny(ApiKeyScopes scopes) => IsAdmin || (Key.Scopes & scopes) != 0;

    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter) => ValueTask.FromResult(context.Features.Get<Caller>());
}
