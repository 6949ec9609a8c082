using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Sqlite.Engine;

internal sealed class SqliteDialect : SqlDialect
{
    public static SqliteDialect Instance { get; } = new();

    // An ordered UNION is a merge.
    public override string MergeOrdered(IEnumerable<string> walks, string column) => $"{string.Join(" UNION ", walks)} ORDER BY {column}";
}
