using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Live;

/// <summary>The last message a live client has: <c>?since=</c>, or <c>Last-Event-ID</c>, which an EventSource sends by itself and which is newer.</summary>
internal sealed class SinceQuery : IBoundArgument, IBindableFromHttpContext<SinceQuery>, IEndpointParameterMetadataProvider
{
    /// <summary><see langword="null"/> to begin with the next message.</summary>
    public long? Value { get; private init; }

    public ApiProblem? Problem { get; private init; }

    public static ValueTask<SinceQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var request = context.Request;
        var (field, text) = request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? ("Last-Event-ID", last) : ("since", request.Query["since"].ToString());
        return ValueTask.FromResult<SinceQuery?>(
            text.Length == 0 ? new SinceQuery()
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var since) ? new SinceQuery { Value = since }
            : new SinceQuery { Problem = Invalid(field) });
    }

    public static ApiProblem Invalid(string field) => ApiProblem.Invalid(field, "since.invalid", "Must be the sequence of a message: a whole number.");

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new QueryParameterMetadata("since", "Sequence of the last message the client has; absent to begin with the next one."));
}
