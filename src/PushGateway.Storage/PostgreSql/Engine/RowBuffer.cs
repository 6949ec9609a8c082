using Npgsql;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>
/// Rows of an answer, read whole, so that the connection is free for the next statement while they are looked at. Kept from one use to
/// the next: in steady state nothing is allocated here.
/// </summary>
internal sealed class RowBuffer
{
    private const int Null = -1;
    private const int Number = -2;

    // What a large answer took is not kept.
    private const int MaxKeptBytes = 1 << 20;

    private const uint Boolean = 16;
    private const uint Bytea = 17;
    private const uint Text = 25;
    private const uint Varchar = 1043;
    private const uint Unknown = 705;

    private uint[]? _types;
    private (long Value, int Length)[] _cells = [];
    private byte[] _bytes = new byte[1_024];
    private int _usedBytes;
    private int _row = -1;

    public int Rows { get; private set; }

    /// <summary>Goes to the next row.</summary>
    public bool MoveNext() => ++_row < Rows;

    public bool IsNull(int column) => Cell(column).Length == Null;

    public long Int64(int column) => Cell(column) is var (value, length) && length == Number ? value : 0;

    public ReadOnlySpan<byte> Bytes(int column) =>
        Cell(column) is var (start, length) && length > 0 ? _bytes.AsSpan((int)start, length) : default;

    public void Clear()
    {
        (Rows, _usedBytes, _row) = (0, 0, -1);
        if (_bytes.Length > MaxKeptBytes)
        {
            _bytes = new byte[1_024];
            _cells = [];
        }
    }

    /// <summary>Takes all rows of the reader in place of those before.</summary>
    public void Fill(NpgsqlDataReader reader)
    {
        Clear();
        var columns = reader.FieldCount;
        if (_types is null)
        {
            _types = new uint[columns];
            for (var column = 0; column < columns; column++)
            {
                _types[column] = reader.GetPostgresType(column).OID;
            }
        }

        while (reader.Read())
        {
            var first = Rows * columns;
            if (first + columns > _cells.Length)
            {
                Array.Resize(ref _cells, Math.Max(first + columns, _cells.Length * 2));
            }

            for (var column = 0; column < columns; column++)
            {
                _cells[first + column] = reader.IsDBNull(column) ? (0, Null) : Read(reader, column);
            }

            Rows++;
        }
    }

    private ref (long Value, int Length) Cell(int column) => ref _cells[(_row * _types!.Length) + column];

    private (long Value, int Length) Read(NpgsqlDataReader reader, int column) => _types![column] switch
    {
        Bytea or Text or Varchar or Unknown => ReadBytes(reader, column),
        Boolean => (reader.GetBoolean(column) ? 1 : 0, Number),
        _ => (reader.GetInt64(column), Number),
    };

    // As they were sent: a text is not made a string for one that wants its UTF-8.
    private (long Value, int Length) ReadBytes(NpgsqlDataReader reader, int column)
    {
        var length = (int)reader.GetBytes(column, 0, null, 0, 0);
        if (_usedBytes + length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_usedBytes + length, _bytes.Length * 2));
        }

        var start = _usedBytes;
        if (length > 0)
        {
            reader.GetBytes(column, 0, _bytes, start, length);
            _usedBytes += length;
        }

        return (start, length);
    }
}
