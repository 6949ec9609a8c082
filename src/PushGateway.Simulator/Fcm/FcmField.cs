using System.Text;

namespace PushGateway.Simulator.Fcm;

/// <summary>One field of a request. Both of its JSON spellings are accepted, as everywhere at Google.</summary>
internal sealed class FcmField
{
    public FcmField(string name, FcmFieldKind kind, string typeName, IReadOnlyList<FcmField>? fields = null, IReadOnlyList<string>? values = null)
    {
        Name = name;
        Kind = kind;
        TypeName = typeName;
        Fields = fields is null ? [] : [.. fields];
        Values = values ?? [];
        Utf8Name = Encoding.UTF8.GetBytes(name);
        Utf8CamelName = Encoding.UTF8.GetBytes(CamelCase(name));
    }

    public string Name { get; }

    public FcmFieldKind Kind { get; }

    /// <summary>How error texts name the type, for example <c>TYPE_STRING</c>.</summary>
    public string TypeName { get; }

    public FcmField[] Fields { get; }

    public IReadOnlyList<string> Values { get; }

    public byte[] Utf8Name { get; }

    public byte[] Utf8CamelName { get; }

    private static string CamelCase(string name)
    {
        var words = name.Split('_');
        return string.Concat(words.Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
