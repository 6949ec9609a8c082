using System.Buffers.Text;
using System.Globalization;
using System.Text;
using PushGateway.Benchmarks.Load;

namespace PushGateway.Benchmarks.Audiences;

/// <summary>Registrations of one device each, by turns of a new one and, again, of one that was new 1,000 calls before.</summary>
internal sealed class RegistrationCalls(Uri address, string appId, string adminKey) : ILoadCalls
{
    private const int Digits = 9;
    private const int TokenDigits = 64;
    private const int Again = 1_000;

    private readonly string _common = $"Host: {address.Authority}\r\nAuthorization: Bearer {adminKey}\r\nContent-Type: application/json\r\n";

    public ReadOnlyMemory<byte> Write(int call, ref byte[] buffer)
    {
        // Odd calls repeat what an even one before them has registered.
        var device = call % 2 == 0 || call < Again ? call : call - Again + 1;
        Span<char> token = stackalloc char[TokenDigits];
        var random = (ulong)device * 0x9E3779B97F4A7C15;
        for (var part = 0; part < TokenDigits / 16; part++)
        {
            random ^= random >> 29;
            random *= 0xBF58476D1CE4E5B9;
            random.TryFormat(token[(part * 16)..], out _, "x16", CultureInfo.InvariantCulture);
        }

        var id = device.ToString($"D{Digits}", CultureInfo.InvariantCulture);
        var body = $$"""{"provider":"apns","token":"{{token}}","subscriber":"s{{id}}","locale":"en-US"}""";
        var text = $"PUT /v1/apps/{appId}/devices/r{id} HTTP/1.1\r\n{_common}Content-Length: {body.Length}\r\n\r\n{body}";
        if (buffer.Length < text.Length)
        {
            buffer = new byte[text.Length * 2];
        }

        return buffer.AsMemory(0, Encoding.ASCII.GetBytes(text, buffer));
    }

    public bool IsGood(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1.1 20"u8) && Utf8Parser.TryParse(answer["HTTP/1.1 ".Length..], out int status, out _) && status is 200 or 201;
}
