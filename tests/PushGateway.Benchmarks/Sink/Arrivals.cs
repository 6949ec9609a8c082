using System.Buffers.Text;
using System.Runtime.InteropServices;
using PushGateway.Benchmarks.Transactional;

namespace PushGateway.Benchmarks.Sink;

/// <summary>When each numbered event came first, and how often. The number is looked for in what the provider is sent, whatever stands around it.</summary>
internal sealed class Arrivals(int capacity)
{
    private static readonly byte[] s_marker = [.. PublishCalls.Marker.Select(character => (byte)character)];

    private readonly long[] _firstAt = new long[capacity];
    private readonly int[] _times = new int[capacity];
    private long _unknown;

    /// <param name="body">A request's whole body.</param>
    public void Note(ReadOnlySpan<byte> body, long timestamp)
    {
        var at = body.IndexOf(s_marker);
        if (at < 0 || !Utf8Parser.TryParse(body[(at + s_marker.Length)..], out int number, out _) || number < 0 || number >= capacity)
        {
            Interlocked.Increment(ref _unknown);
            return;
        }

        if (Interlocked.Increment(ref _times[number]) == 1)
        {
            Volatile.Write(ref _firstAt[number], timestamp);
        }
    }

    /// <summary>Writes all to a file: the number of bodies without a number, then the instants, then how often, as this machine has them in memory.</summary>
    public void Write(string file)
    {
        using var output = File.Create(file);
        output.Write(BitConverter.GetBytes(Interlocked.Read(ref _unknown)));
        output.Write(MemoryMarshal.AsBytes<long>(_firstAt));
        output.Write(MemoryMarshal.AsBytes<int>(_times));
    }

    /// <returns>What <see cref="Write"/> wrote.</returns>
    public static (long Unknown, long[] FirstAt, int[] Times) Read(string file, int capacity)
    {
        var bytes = File.ReadAllBytes(file);
        var instants = bytes.AsSpan(sizeof(long), capacity * sizeof(long));
        return (
            MemoryMarshal.Read<long>(bytes), MemoryMarshal.Cast<byte, long>(instants).ToArray(),
            MemoryMarshal.Cast<byte, int>(bytes.AsSpan(sizeof(long) + instants.Length)).ToArray());
    }
}
