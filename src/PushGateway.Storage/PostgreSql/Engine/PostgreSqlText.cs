using System.Globalization;
using System.Text.RegularExpressions;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>A statement of the shared SQL in PostgreSQL's words: parameters are <c>$1</c>, and the order of a join is kept by a setting, not by CROSS JOIN.</summary>
internal sealed partial class PostgreSqlText
{
    public PostgreSqlText(string sql)
    {
        foreach (Match parameter in Parameter().Matches(sql))
        {
            Parameters = Math.Max(Parameters, int.Parse(parameter.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        Sql = Parameter().Replace(sql, "$$$1").Replace("CROSS JOIN ", "JOIN ", StringComparison.Ordinal);
    }

    public string Sql { get; }

    /// <summary>Its parameters are 1 to this.</summary>
    public int Parameters { get; }

    [GeneratedRegex(@"\?(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
