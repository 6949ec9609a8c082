using System.Reflection;
using PushGateway.Core.Providers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Providers;

/// <summary>The provider named in the address.</summary>
internal sealed class RequestedProvider : IBoundArgument, IBindableFromHttpContext<RequestedProvider>
{
    public ProviderKind Kind { get; private init; }

    public ApiProblem? Problem { get; private init; }

    public static RequestedProvider Of(ProviderKind kind) => new() { Kind = kind };

    public static ValueTask<RequestedProvider?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var provider = ProviderKinds.TryParse(context.GetRouteValue("provider") as string, out var kind)
            ? new RequestedProvider { Kind = kind }
            : new RequestedProvider { Problem = ApiProblem.NotFound("provider.unknown", $"The providers are {string.Join(", ", ProviderKinds.All.Select(known => known.Name()))}.") };
        return ValueTask.FromResult<RequestedProvider?>(provider);
    }
}
