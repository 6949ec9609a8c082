using System.Text.RegularExpressions;
using PushGateway.Server.Tests.Deploy;

namespace PushGateway.Server.Tests.Telemetry;

/// <summary>The metrics as the operator's guide lists them.</summary>
internal static partial class MetricTable
{
    public static IReadOnlyList<MetricRow> Rows { get; } =
    [
        .. Line().Matches(DeployFiles.Read("README.md").Split("\n## Metrics\n")[1].Split("\n## ")[0]).Select(line => new MetricRow(
            line.Groups["name"].Value, line.Groups["kind"].Value, line.Groups["unit"].Value,
            Tag().Matches(line.Groups["tags"].Value).ToDictionary(tag => tag.Groups["name"].Value, tag => tag.Groups["values"].Value is "…" ? null : tag.Groups["values"].Value.Split(", ")))),
    ];

    [GeneratedRegex(@"^\| `(?<name>[a-z_.]+)` \| (?<kind>\w+)(, `(?<unit>[^`]+)`)? \|(?<tags>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("`(?<name>[a-z_]+)`: (?<values>[^;]+?)(;| $)")]
    private static partial Regex Tag();
}

/// <param name="Tags">The values of each; <see langword="null"/> where the settings name them.</param>
internal sealed record MetricRow(string Name, string Kind, string Unit, IReadOnlyDictionary<string, string[]?> Tags)
{
    /// <summary>As Prometheus has it, without what the unit and the kind add.</summary>
    public string Exported => Name.Replace('.', '_');
}
