using System.Text.Json.Serialization;

namespace PushGateway.Core.Events;

/// <summary>What a filter asks of one tag of a device. In JSON a string, an array of strings, or true or false for there or not.</summary>
[JsonConverter(typeof(TagMatchJson))]
public sealed class TagMatch
{
    private TagMatch(bool isThere, IReadOnlyList<string>? values) => (IsThere, Values) = (isThere, values);

    /// <summary>The tag is there, whatever its value.</summary>
    public static TagMatch Present { get; } = new(true, null);

    /// <summary>The device has no such tag.</summary>
    public static TagMatch Absent { get; } = new(false, null);

    /// <summary>Whether the device must have the tag, or must not.</summary>
    public bool IsThere { get; }

    /// <summary>One of these values, compared by ordinal; <see langword="null"/> when the value does not matter.</summary>
    public IReadOnlyList<string>? Values { get; }

    public static TagMatch Is(string value) => new(true, [value]);

    /// <param name="values">With none of them nothing matches.</param>
    public static TagMatch AnyOf(IEnumerable<string> values) => new(true, [.. values]);
}
