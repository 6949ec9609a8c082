using PushGateway.Client.Events;
using Spectre.Console;

namespace PushGateway.Server.Cli.Output;

/// <summary>The account of an event as a table: a row for each provider, its reasons below.</summary>
internal static class OutcomeTable
{
    public static void Write(Terminal terminal, EventInfo info)
    {
        var table = new Table { Border = terminal.IsInteractive ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn("Provider");
        foreach (var column in (ReadOnlySpan<string>)["Targeted", "Accepted", "Unregistered", "Rejected", "Expired", "Cancelled", "Suppressed", "Live", "Pending"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddColumn("Reasons other than acceptance");
        foreach (var (provider, account) in info.Providers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            AddRow(table, provider, account.Counts, Reasons(account));
        }

        AddRow(table, "all", info.Counts, string.Empty);
        terminal.Rich.Write(table);
    }

    private static string Reasons(EventProviderInfo account) =>
        string.Join(", ", account.Reasons.OrderByDescending(reason => reason.Value).Select(reason => $"{reason.Key} {reason.Value:N0}"));

    private static void AddRow(Table table, string name, EventCounts counts, string reasons) => table.AddRow(
        Markup.Escape(name), $"{counts.Targeted:N0}", $"{counts.Accepted:N0}", $"{counts.Unregistered:N0}", $"{counts.Rejected:N0}",
        $"{counts.Expired:N0}", $"{counts.Cancelled:N0}", $"{counts.Suppressed:N0}", $"{counts.Live:N0}", $"{counts.Pending:N0}", Markup.Escape(reasons));
}
