using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Providers;

/// <summary>Whether a credential has to prove itself before it replaces anything: <c>?check=true</c>.</summary>
internal sealed class CheckQuery : IBoundArgument, IBindableFromHttpContext<CheckQuery>, IEndpointParameterMetadataProvider
{
    private const string Name = "check";

    public bool Value { get; private init; }

    public ApiProblem? Problem { get; private init; }

    public static ValueTask<CheckQuery?> BindAsync(HttpContext context, ParameterInfo parameter) => ValueTask.FromResult<CheckQuery?>(
        context.Request.Query[Name].ToString() switch
        {
            "" or "false" => new CheckQuery(),
            "true" => new CheckQuery { Value = true },
            _ => new CheckQuery { Problem = ApiProblem.Invalid(Name, "check.invalid", "Must be true or false.") },
        });

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new QueryParameterMetadata(
        Name, "true: the credential is proved against the provider first, and one that is not accepted changes nothing; the problem says in words what is wrong. false, the default: it is used at once."));
}
