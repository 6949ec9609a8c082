namespace PushGateway.Http2.Tests.Hpack;

/// <summary>A header field, its octets as the characters of the same number.</summary>
internal readonly record struct Field(string Name, string Value)
{
    public int Size => Name.Length + Value.Length + 32;

    public override string ToString() => $"{Name}: {Value}";
}
