using System.Text;

namespace PushGateway.Storage.Engine;

/// <summary>A prepared statement, used again and again. Reading allocates nothing per row.</summary>
/// <remarks>Parameters are numbered from 1, columns from 0, and parameters keep their values until they are bound again. Not safe for concurrent use.</remarks>
internal abstract class StoreStatement : IDisposable
{
    /// <summary>Whether its session has handed it out since reads were last ended.</summary>
    public bool IsHandedOut { get; set; }

    public abstract StoreStatement Bind(int parameter, long value);

    public abstract StoreStatement Bind(int parameter, long? value);

    public abstract StoreStatement Bind(int parameter, string? value);

    public abstract StoreStatement BindText(int parameter, ReadOnlySpan<byte> utf8);

    /// <summary>Text that is there or not.</summary>
    public abstract StoreStatement BindText(int parameter, byte[]? utf8);

    public abstract StoreStatement BindBlob(int parameter, ReadOnlySpan<byte> value);

    /// <returns>Whether there is a row to read.</returns>
    public abstract bool Step();

    /// <summary>Runs a statement that gives no rows.</summary>
    /// <returns>Rows changed.</returns>
    public abstract int Execute();

    /// <summary>The first column of the first row; <see langword="null"/> when there is no row or the value is null.</summary>
    public long? ScalarInt64()
    {
        long? value = Step() && !IsNull(0) ? Int64(0) : null;
        Reset();
        return value;
    }

    public abstract bool IsNull(int column);

    /// <summary>0 for null; 1 for true.</summary>
    public abstract long Int64(int column);

    public abstract int Int32(int column);

    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>Text or blob as the database holds it, valid until the next step; empty for null.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? NullableText(int column) => IsNull(column) ? null : Text(column);

    /// <summary>Ends reading, so that the statement no longer holds a snapshot, and makes it ready for other parameters.</summary>
    public abstract void Reset();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
