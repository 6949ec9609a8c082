namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Decisions, one after another, out of a row of bytes: the same bytes make the same case. Behind their end every decision is the first choice.</summary>
internal sealed class Tape(byte[] bytes)
{
    private int _at;

    public bool IsAtEnd => _at >= bytes.Length;

    public byte Next() => _at < bytes.Length ? bytes[_at++] : (byte)0;

    /// <param name="count">1 to 256.</param>
    /// <returns>0 to one less.</returns>
    public int Below(int count) => Next() % count;

    public bool OneIn(int count) => Next() % count == count - 1;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Next() % choices.Length];
}
