using System.Buffers;
using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>A stream as the server sees it, from its HEADERS on.</summary>
internal sealed class ReceivedRequest(int streamId, IReadOnlyList<(string Name, string Value)> headers)
{
    private readonly ArrayBufferWriter<byte> _body = new();

    public int StreamId => streamId;

    public IReadOnlyList<(string Name, string Value)> Headers => headers;

    public string Path => Header(":path");

    public int BodyLength => _body.WrittenCount;

    public string Body => Encoding.UTF8.GetString(_body.WrittenSpan);

    public bool HasEnded { get; set; }

    /// <summary>Set when either side reset the stream.</summary>
    public bool IsReset { get; set; }

    /// <summary>Set when the server has ended its side.</summary>
    public bool IsAnswered { get; set; }

    public bool IsOpen => !IsReset && !(HasEnded && IsAnswered);

    /// <summary>Increments that the server granted beyond the initial window, less what arrived.</summary>
    public long Credit { get; set; }

    public string Header(string name) => headers.Single(header => header.Name == name).Value;

    public void Append(ReadOnlySpan<byte> data) => _body.Write(data);
}
