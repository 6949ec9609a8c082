namespace PushGateway.Server.Problems;

/// <summary>Collects what is wrong with a request, so that one answer names all of it.</summary>
internal sealed class FieldErrors
{
    /// <summary>Further errors are counted as known: an answer need not grow with the badness of a request.</summary>
    public const int MaxErrors = 50;

    private const int MaxFieldLength = 200;

    private readonly List<FieldError> _items = [];

    public IReadOnlyList<FieldError> Items => _items;

    public bool Any => _items.Count > 0;

    public void Add(string field, string code, string detail)
    {
        if (_items.Count < MaxErrors)
        {
            _items.Add(new FieldError(field.Length <= MaxFieldLength ? field : string.Concat(field.AsSpan(0, MaxFieldLength), "…"), code, detail));
        }
    }

    public void Clear() => _items.Clear();

    /// <summary>The answer to a request with these errors: its code is that of the first.</summary>
    public ApiProblem ToProblem() => ApiProblem.Invalid([.. _items]);
}
