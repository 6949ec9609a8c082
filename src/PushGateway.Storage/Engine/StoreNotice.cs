using System.Globalization;
using System.Text;

namespace PushGateway.Storage.Engine;

/// <summary>Something that a transaction has changed and other gateways want to hear of.</summary>
internal readonly record struct StoreNotice(StoreTopic Topic, long Key, string Detail = "")
{
    /// <summary>PostgreSQL takes less than 8,000 bytes at once.</summary>
    private const int MaxPayload = 7_900;

    /// <summary>As many texts as it takes, each with the sender's id in its first line and a notice in each of the others.</summary>
    public static IEnumerable<string> Write(string sender, IReadOnlyCollection<StoreNotice> notices)
    {
        var text = new StringBuilder();
        var bytes = 0;
        foreach (var notice in notices)
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"\n{(char)notice.Topic}{notice.Key} {notice.Detail}");
            var size = Encoding.UTF8.GetByteCount(line);
            if (text.Length > 0 && bytes + size > MaxPayload)
            {
                yield return text.ToString();
                text.Clear();
            }

            if (text.Length == 0)
            {
                text.Append(sender);
                bytes = sender.Length;
            }

            text.Append(line);
            bytes += size;
        }

        if (text.Length > 0)
        {
            yield return text.ToString();
        }
    }

    /// <summary>What <see cref="Write"/> wrote. Lines that mean nothing, of a later version perhaps, are left out.</summary>
    public static (string Sender, IReadOnlyList<StoreNotice> Notices) Read(string text)
    {
        var lines = text.Split('\n');
        var notices = new List<StoreNotice>(lines.Length - 1);
        foreach (var line in lines.AsSpan(1))
        {
            if (line.Length > 1 && line.IndexOf(' ', StringComparison.Ordinal) is var end and > 1 && Enum.IsDefined((StoreTopic)line[0]) &&
                long.TryParse(line.AsSpan(1, end - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key))
            {
                notices.Add(new StoreNotice((StoreTopic)line[0], key, line[(end + 1)..]));
            }
        }

        return (lines[0], notices);
    }
}
