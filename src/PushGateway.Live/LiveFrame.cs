using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PushGateway.Core.Live;

namespace PushGateway.Live;

/// <summary>A message as each transport sends it: made once, however many are sent it.</summary>
public sealed class LiveFrame(LiveEntry entry)
{
    // Made by whoever comes first; two that come at once make the same. References only: of anything larger one could see a half that another writes.
    private byte[]? _serverSentEvent;
    private byte[]? _webSocketText;
    private StrongBox<JsonElement>? _element;
    private object? _other;

    public long Sequence => entry.Sequence;

    public ReadOnlyMemory<byte> Json => entry.Json;

    /// <summary>One event of a stream, with the sequence as its id.</summary>
    public ReadOnlyMemory<byte> ServerSentEvent =>
        _serverSentEvent ??= Join($"id: {entry.Sequence.ToString(CultureInfo.InvariantCulture)}\nevent: message\ndata: ", "\n\n");

    public ReadOnlyMemory<byte> WebSocketText => _webSocketText ??= Join("""{"event":"message","message":""", "}");

    public JsonElement Element => (_element ??= new StrongBox<JsonElement>(JsonElement.Parse(entry.Json.Span))).Value;

    /// <summary>A form of a transport's own. There is one such transport: of two, each would make its own anew.</summary>
    public T As<T>(Func<LiveFrame, T> make)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(make);
        if (_other is not T form)
        {
            _other = form = make(this);
        }

        return form;
    }

    private byte[] Join(string before, string after) => [.. Encoding.ASCII.GetBytes(before), .. entry.Json.Span, .. Encoding.ASCII.GetBytes(after)];
}
