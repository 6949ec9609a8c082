namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>What the connection has been seen to do in any case so far, as pairs of things that followed each other: a stand-in for code coverage.</summary>
/// <remarks>Shared by threads: that two of them find the same new thing at once does no harm.</remarks>
internal sealed class Behaviour
{
    private const int Size = 1 << 16;

    private readonly bool[] _seen = new bool[Size];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether something new has been noted on this thread since it was last asked.</summary>
    [ThreadStatic]
    private static bool s_isNew;

    public void Note<TFirst, TSecond>(TFirst first, TSecond second)
    {
        ref var seen = ref _seen[HashCode.Combine(first, second) & (Size - 1)];
        if (!seen)
        {
            (seen, s_isNew) = (true, true);
            Interlocked.Increment(ref _count);
        }
    }

    public static bool TakeIsNew()
    {
        var isNew = s_isNew;
        s_isNew = false;
        return isNew;
    }
}
