using System.Collections.ObjectModel;
using System.Text.Json.Nodes;

namespace PushGateway.Client.Events;

/// <summary>What an event would be, without its being sent.</summary>
public sealed record EventValidation
{
    /// <summary>Quick, not exact.</summary>
    public long EstimatedAudience { get; init; }

    /// <summary>By provider name.</summary>
    public IReadOnlyDictionary<string, RenderedProvider> Providers { get => field ?? ReadOnlyDictionary<string, RenderedProvider>.Empty; init; }
}

/// <summary>An event as one provider would get it.</summary>
public sealed record RenderedProvider
{
    /// <summary>Of the largest variant.</summary>
    public int SizeBytes { get; init; }

    public int LimitBytes { get; init; }

    public IReadOnlyList<RenderedVariant> Variants { get => field ?? []; init; }
}

/// <summary>What the devices of one locale would get.</summary>
public sealed record RenderedVariant
{
    /// <summary><see langword="null"/> for devices of no other variant.</summary>
    public string? Locale { get; init; }

    public int SizeBytes { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    public JsonNode? Payload { get; init; }
}
