using System.Buffers.Text;
using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Lists;

/// <summary>Which page of a list is wanted: <c>?limit=&amp;cursor=</c>.</summary>
internal sealed class ListRequest : IBoundArgument, IBindableFromHttpContext<ListRequest>, IEndpointParameterMetadataProvider
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    private const int MaxCursorLength = 1024;

    /// <summary>1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; private init; } = DefaultLimit;

    /// <summary>As given with the page before, opened; <see langword="null"/> for the first page.</summary>
    public string? Cursor { get; private init; }

    public ApiProblem? Problem { get; private init; }

    public static ApiProblem BadCursor { get; } = ApiProblem.Invalid("cursor", "cursor.invalid", "The cursor is not one this list has given.");

    public static ValueTask<ListRequest?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<ListRequest?>(Parse(context.Request.Query));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new QueryParameterMetadata("limit", $"How many items at most, 1 to {MaxLimit}; {DefaultLimit} when absent.", true));
        builder.Metadata.Add(new QueryParameterMetadata("cursor", "The nextCursor of the page before; absent for the first page."));
    }

    /// <summary>The cursor handed out for a position: opaque to callers.</summary>
    public static string Seal(string position) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position));

    private static ListRequest Parse(IQueryCollection query)
    {
        var errors = new FieldErrors();
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var limitText) &&
            (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add("limit", "limit.outOfRange", $"Must be a whole number from 1 to {MaxLimit}.");
        }

        string? cursor = null;
        if (query["cursor"] is [{ Length: > 0 } sealedText, ..] && !TryOpen(sealedText, out cursor))
        {
            return new ListRequest { Problem = BadCursor };
        }

        return errors.Any ? new ListRequest { Problem = errors.ToProblem() } : new ListRequest { Limit = limit, Cursor = cursor };
    }

    private static bool TryOpen(string sealedText, out string? position)
    {
        position = null;
        if (sealedText.Length > MaxCursorLength || !Base64Url.IsValid(sealedText))
        {
            return false;
        }

        position = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(sealedText));
        return true;
    }
}

/// <summary>A query parameter of an endpoint, for the OpenAPI document.</summary>
internal sealed record QueryParameterMetadata(string Name, string Description, bool IsInteger = false);
