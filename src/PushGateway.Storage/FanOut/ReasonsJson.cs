using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Storage.FanOut;

/// <summary>The form in which counts by reason are stored: one JSON object.</summary>
internal static class ReasonsJson
{
    public static IReadOnlyDictionary<string, long> Empty { get; } = new Dictionary<string, long>(0);

    public static IReadOnlyDictionary<string, long> Read(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? Empty : JsonSerializer.Deserialize(utf8, ReasonsJsonContext.Default.DictionaryStringInt64) ?? Empty;

    /// <returns><see langword="null"/> when there are none.</returns>
    public static byte[]? Write(Dictionary<string, long> reasons) =>
        reasons.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(reasons, ReasonsJsonContext.Default.DictionaryStringInt64);

    public static Dictionary<string, long> Add(IReadOnlyDictionary<string, long> left, IReadOnlyDictionary<string, long> right)
    {
        var sum = new Dictionary<string, long>(left, StringComparer.Ordinal);
        foreach (var (reason, count) in right)
        {
            sum[reason] = sum.GetValueOrDefault(reason) + count;
            if (sum[reason] == 0)
            {
                sum.Remove(reason);
            }
        }

        return sum;
    }
}

[JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class ReasonsJsonContext : JsonSerializerContext;
