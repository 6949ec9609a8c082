using System.Buffers.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Connections;

/// <summary>What matters of an answer's header fields, and whether they are well formed: RFC 9113, sections 8.2 and 8.3.2.</summary>
internal struct AnswerHead : IHeaderFieldSink
{
    private bool _hasRegularField;

    /// <summary>The status, or 0 when none was given: trailers have none.</summary>
    public int Status { get; private set; }

    public bool IsMalformed { get; private set; }

    /// <summary>The <c>content-length</c>, or <see langword="null"/>.</summary>
    public long? ContentLength { get; private set; }

    /// <summary><c>retry-after</c> given in seconds.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary><c>retry-after</c> given as a date.</summary>
    public DateTimeOffset? RetryAt { get; private set; }

    public DateTimeOffset? Date { get; private set; }

    public void OnField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length > 0 && name[0] == (byte)':')
        {
            IsMalformed |= _hasRegularField || Status != 0 || !name.SequenceEqual(":status"u8) || !TrySetStatus(value);
            return;
        }

        _hasRegularField = true;
        IsMalformed |= !IsName(name) || value.ContainsAny((byte)0, (byte)'\r', (byte)'\n');

        // By length first: most fields are none of these.
        switch (name.Length)
        {
            case 4 when name.SequenceEqual("date"u8):
                Date = ReadDate(value);
                break;
            case 11 when name.SequenceEqual("retry-after"u8):
                ReadRetryAfter(value);
                break;
            case 10 when name.SequenceEqual("connection"u8) || name.SequenceEqual("keep-alive"u8):
            case 7 when name.SequenceEqual("upgrade"u8):
            case 16 when name.SequenceEqual("proxy-connection"u8):
            case 17 when name.SequenceEqual("transfer-encoding"u8):
                // Of HTTP/1.1: RFC 9113, section 8.2.2.
                IsMalformed = true;
                break;
            case 14 when name.SequenceEqual("content-length"u8):
                ReadContentLength(value);
                break;
        }
    }

    private bool TrySetStatus(ReadOnlySpan<byte> value)
    {
        if (value.Length != 3 || !Utf8Parser.TryParse(value, out int status, out var length) || length != 3 || status is < 100 or > 599)
        {
            return false;
        }

        Status = status;
        return true;
    }

    private void ReadRetryAfter(ReadOnlySpan<byte> value)
    {
        // RFC 9110, section 10.2.3. A wait that is nonsense is no wait; one of years is cut to a year, so that it can be added to a date.
        if (Utf8Parser.TryParse(value, out uint seconds, out var length) && length == value.Length)
        {
            RetryAfter = TimeSpan.FromSeconds(Math.Min(seconds, 365L * 24 * 3600));
        }
        else
        {
            RetryAt = ReadDate(value);
        }
    }

    private void ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (!Utf8Parser.TryParse(value, out long length, out var used) || used != value.Length || length < 0 || (ContentLength ?? length) != length)
        {
            IsMalformed = true;
            return;
        }

        ContentLength = length;
    }

    private static DateTimeOffset? ReadDate(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out DateTimeOffset date, out var length, 'R') && length == value.Length ? date : null;

    private static bool IsName(ReadOnlySpan<byte> name) => name.Length > 0 && !name.ContainsAnyInRange((byte)'A', (byte)'Z');
}
