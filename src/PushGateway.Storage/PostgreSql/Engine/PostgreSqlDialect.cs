using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.PostgreSql.Devices;

namespace PushGateway.Storage.PostgreSql.Engine;

internal sealed class PostgreSqlDialect : SqlDialect
{
    public static PostgreSqlDialect Instance { get; } = new();

    public override BulkRegistration Bulk { get; } = new PostgreSqlBulkRegistration();

    // A UNION is gathered whole before its first row is given; this is a merge (Unique over Merge Append).
    public override string MergeOrdered(IEnumerable<string> walks, string column) =>
        $"SELECT DISTINCT {column} FROM ({string.Join(" UNION ALL ", walks.Select(walk => $"({walk} ORDER BY {column})"))}) AS walks ORDER BY {column}";
}
