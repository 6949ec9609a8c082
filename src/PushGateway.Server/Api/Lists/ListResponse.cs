namespace PushGateway.Server.Api.Lists;

/// <summary>One page of a list.</summary>
internal sealed record ListResponse<T>
{
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Asks for the next page; null on the last.</summary>
    public required string? NextCursor { get; init; }
}

internal static class ListResponse
{
    /// <summary>A page of what is in memory as a whole, ordered by id.</summary>
    public static ListResponse<TItem> Slice<TSource, TItem>(
        IEnumerable<TSource> source, Func<TSource, string> id, Func<TSource, TItem> convert, ListRequest request)
    {
        var page = source
            .Where(item => request.Cursor is null || string.CompareOrdinal(id(item), request.Cursor) > 0)
            .OrderBy(id, StringComparer.Ordinal)
            .Take(request.Limit + 1)
            .ToList();
        var hasMore = page.Count > request.Limit;
        return new ListResponse<TItem>
        {
            Items = [.. page.Take(request.Limit).Select(convert)],
            NextCursor = hasMore ? ListRequest.Seal(id(page[request.Limit - 1])) : null,
        };
    }
}
