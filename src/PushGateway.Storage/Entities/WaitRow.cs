using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>Devices of one page that wait for the same instant. The blob comes last: looking for what is due passes it over.</summary>
internal sealed class WaitRow
{
    public int Shard { get; set; }

    public long EventKey { get; set; }

    public long DueAtMs { get; set; }

    public int Number { get; set; }

    public ProviderKind Provider { get; set; }

    public long? StartsAtMs { get; set; }

    public int Taken { get; set; }

    /// <summary>So many of them may have been sent, of an event that forbids to send anything twice.</summary>
    public int Begun { get; set; }

    /// <summary>Made so far, by those that wait to be tried again; <see langword="null"/> for those whose time has not come.</summary>
    public int? Attempts { get; set; }

    public required byte[] Devices { get; set; }
}
