using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>The first line of an import that counts, <c>?fromLine=</c>: where one that was broken off goes on.</summary>
internal sealed class FromLineQuery : IBoundArgument, IBindableFromHttpContext<FromLineQuery>, IEndpointParameterMetadataProvider
{
    private const string Name = "fromLine";

    /// <summary>Counted from 1, empty lines and the header of a CSV included.</summary>
    public long Value { get; private init; } = 1;

    public ApiProblem? Problem { get; private init; }

    public static ValueTask<FromLineQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var text = context.Request.Query[Name].ToString();
        return ValueTask.FromResult<FromLineQuery?>(
            text.Length == 0 ? new FromLineQuery()
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var line) && line > 0 ? new FromLineQuery { Value = line }
            : new FromLineQuery { Problem = ApiProblem.Invalid(Name, "line.invalid", "Must be the number of a line, counted from 1.") });
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(
        new QueryParameterMetadata(Name, "The first line that counts, from 1; those before it, a CSV's header excepted, are passed over. Absent for all.", true));
}
