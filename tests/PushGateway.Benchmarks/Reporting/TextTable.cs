using System.Text;

namespace PushGateway.Benchmarks.Reporting;

/// <summary>Rows of text under a heading, the first column to the left and figures to the right.</summary>
internal sealed class TextTable(params string[] heading)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [heading];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var widths = heading.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(string.Join(Gap, cells).TrimEnd()).Append('\n');
            if (row == heading)
            {
                text.Append(string.Join(Gap, widths.Select(width => new string('-', width)))).Append('\n');
            }
        }

        return text.ToString();
    }
}
