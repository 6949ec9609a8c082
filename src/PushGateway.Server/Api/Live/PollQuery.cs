using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Live;

/// <summary>How a client polls: <c>?limit=&amp;wait=</c>.</summary>
internal sealed class PollQuery : IBoundArgument, IBindableFromHttpContext<PollQuery>, IEndpointParameterMetadataProvider
{
    public const int MaxLimit = 1_000;

    private const int MaxWaitSeconds = 300;

    /// <summary>1 to <see cref="MaxLimit"/>; <see langword="null"/> when absent.</summary>
    public int? Limit { get; private init; }

    /// <summary>How long to wait for a message when there is none.</summary>
    public TimeSpan Wait { get; private init; }

    public ApiProblem? Problem { get; private init; }

    public static ValueTask<PollQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = context.Request.Query;
        var errors = new FieldErrors();
        var (limit, wait) = (MaxLimit, 0);
        if (query.TryGetValue("limit", out var limitText) && (!TryParse(limitText, out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add("limit", "limit.outOfRange", $"Must be a whole number from 1 to {MaxLimit}.");
        }

        if (query.TryGetValue("wait", out var waitText) && (!TryParse(waitText, out wait) || wait > MaxWaitSeconds))
        {
            errors.Add("wait", "wait.outOfRange", $"Must be whole seconds from 0 to {MaxWaitSeconds}.");
        }

        return ValueTask.FromResult<PollQuery?>(errors.Any
            ? new PollQuery { Problem = errors.ToProblem() }
            : new PollQuery { Limit = limitText.Count > 0 ? limit : null, Wait = TimeSpan.FromSeconds(wait) });
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new QueryParameterMetadata("limit", $"How many messages at most, 1 to {MaxLimit}; 100 when absent.", true));
        builder.Metadata.Add(new QueryParameterMetadata("wait", $"Seconds to wait for a message when there is none, 0 to {MaxWaitSeconds}; 0 when absent. Cut to the gateway's own limit.", true));
    }

    private static bool TryParse(string? text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
