using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Header blocks of literals without indexing and without Huffman coding (RFC 7541, section 6.2.2): the plainest form, names and values unchecked.</summary>
internal static class HeaderLiterals
{
    public static byte[] Encode(params IEnumerable<(string Name, string Value)> headers)
    {
        var bytes = new List<byte>();
        foreach (var (name, value) in headers)
        {
            bytes.Add(0);
            AppendString(bytes, name);
            AppendString(bytes, value);
        }

        return [.. bytes];
    }

    /// <summary>The block of an answer that has nothing but a status.</summary>
    public static byte[] Status(int status) => Encode((":status", status.ToString()));

    private static void AppendString(List<byte> bytes, string text)
    {
        var encoded = Encoding.Latin1.GetBytes(text);
        if (encoded.Length < 127)
        {
            bytes.Add((byte)encoded.Length);
        }
        else
        {
            // RFC 7541, section 5.1: a prefix of seven ones, then the rest seven bits at a time.
            bytes.Add(127);
            var rest = encoded.Length - 127;
            for (; rest >= 128; rest >>= 7)
            {
                bytes.Add((byte)((rest & 127) | 128));
            }

            bytes.Add((byte)rest);
        }

        bytes.AddRange(encoded);
    }
}
