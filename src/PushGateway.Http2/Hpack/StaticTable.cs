using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text;

namespace PushGateway.Http2.Hpack;

/// <summary>The static table (RFC 7541, appendix A). Indices begin with 1.</summary>
internal static class StaticTable
{
    public const int Count = 61;

    /// <summary>Index of <c>:authority</c>, without a value.</summary>
    public const int Authority = 1;

    /// <summary>Index of <c>:method: POST</c>.</summary>
    public const int MethodPost = 3;

    /// <summary>Index of <c>:path: /</c>.</summary>
    public const int Path = 4;

    /// <summary>Index of <c>:scheme: http</c>.</summary>
    public const int SchemeHttp = 6;

    /// <summary>Index of <c>:scheme: https</c>.</summary>
    public const int SchemeHttps = 7;

    private static readonly (string Name, string Value)[] s_fields =
    [
        (":authority", ""),
        (":method", "GET"),
        (":method", "POST"),
        (":path", "/"),
        (":path", "/index.html"),
        (":scheme", "http"),
        (":scheme", "https"),
        (":status", "200"),
        (":status", "204"),
        (":status", "206"),
        (":status", "304"),
        (":status", "400"),
        (":status", "404"),
        (":status", "500"),
        ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"),
        ("accept-language", ""),
        ("accept-ranges", ""),
        ("accept", ""),
        ("access-control-allow-origin", ""),
        ("age", ""),
        ("allow", ""),
        ("authorization", ""),
        ("cache-control", ""),
        ("content-disposition", ""),
        ("content-encoding", ""),
        ("content-language", ""),
        ("content-length", ""),
        ("content-location", ""),
        ("content-range", ""),
        ("content-type", ""),
        ("cookie", ""),
        ("date", ""),
        ("etag", ""),
        ("expect", ""),
        ("expires", ""),
        ("from", ""),
        ("host", ""),
        ("if-match", ""),
        ("if-modified-since", ""),
        ("if-none-match", ""),
        ("if-range", ""),
        ("if-unmodified-since", ""),
        ("last-modified", ""),
        ("link", ""),
        ("location", ""),
        ("max-forwards", ""),
        ("proxy-authenticate", ""),
        ("proxy-authorization", ""),
        ("range", ""),
        ("referer", ""),
        ("refresh", ""),
        ("retry-after", ""),
        ("server", ""),
        ("set-cookie", ""),
        ("strict-transport-security", ""),
        ("transfer-encoding", ""),
        ("user-agent", ""),
        ("vary", ""),
        ("via", ""),
        ("www-authenticate", ""),
    ];

    // All names and values in one piece.
    private static readonly byte[] s_text = Encoding.ASCII.GetBytes(string.Concat(s_fields.Select(field => field.Name + field.Value)));
    private static readonly Place[] s_places = CreatePlaces();
    private static readonly FrozenDictionary<string, int> s_indices =
        s_fields.Select((field, place) => (field.Name, Index: place + 1)).DistinctBy(field => field.Name).ToFrozenDictionary(field => field.Name, field => field.Index);

    /// <param name="index">1 to <see cref="Count"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Get(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var place = s_places[index - 1];
        name = s_text.AsSpan(place.Start, place.NameLength);
        value = s_text.AsSpan(place.Start + place.NameLength, place.ValueLength);
    }

    /// <returns>The lowest index with this name, or 0.</returns>
    public static int Find(string name) => s_indices.GetValueOrDefault(name);

    private static Place[] CreatePlaces()
    {
        var places = new Place[s_fields.Length];
        ushort start = 0;
        for (var index = 0; index < places.Length; index++)
        {
            var (name, value) = s_fields[index];
            places[index] = new Place(start, (byte)name.Length, (byte)value.Length);
            start += (ushort)(name.Length + value.Length);
        }

        return places;
    }

    private readonly record struct Place(ushort Start, byte NameLength, byte ValueLength);
}
