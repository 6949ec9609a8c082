using System.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

/// <summary>Keeps the fields of header blocks.</summary>
internal readonly struct FieldList : IHeaderFieldSink
{
    public FieldList()
    {
    }

    public List<Field> Fields { get; } = [];

    public void OnField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Fields.Add(new Field(Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value)));
}
