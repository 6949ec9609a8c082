using System.Text;
using Npgsql;
using NpgsqlTypes;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>A prepared statement whose answer is read whole. For answers that may be long there is <see cref="PostgreSqlWalk"/>.</summary>
internal class PostgreSqlStatement : StoreStatement
{
    private readonly PostgreSqlStoreConnection _owner;
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlParameter?[] _parameters;
    private bool _isExecuted;

    public PostgreSqlStatement(PostgreSqlStoreConnection owner, string sql)
        : this(owner, new PostgreSqlText(sql), before: string.Empty)
    {
    }

    /// <param name="before">Goes before the statement's text.</param>
    protected PostgreSqlStatement(PostgreSqlStoreConnection owner, PostgreSqlText text, string before)
    {
        _owner = owner;
#pragma warning disable CA2100 // Only constants of ours get here.
        _command = new NpgsqlCommand(before + text.Sql, owner.NpgsqlConnection);
#pragma warning restore CA2100
        _parameters = new NpgsqlParameter?[text.Parameters];
    }

    protected RowBuffer Rows { get; } = new();

    public override StoreStatement Bind(int parameter, long value) => Bind(parameter, (long?)value);

    public override StoreStatement Bind(int parameter, long? value)
    {
        Number(parameter).TypedValue = value;
        return this;
    }

    public override StoreStatement Bind(int parameter, string? value)
    {
        return BindText(parameter, value is null ? null : Utf8(value));
    }

    public override StoreStatement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        BytesOf(parameter, NpgsqlDbType.Text).TypedValue = utf8.ToArray();
        return this;
    }

    public override StoreStatement BindText(int parameter, byte[]? utf8)
    {
        BytesOf(parameter, NpgsqlDbType.Text).TypedValue = utf8 is null ? default(ReadOnlyMemory<byte>?) : utf8; // A null alone would become an empty memory.
        return this;
    }

    public override StoreStatement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        BytesOf(parameter, NpgsqlDbType.Bytea).TypedValue = value.ToArray();
        return this;
    }

    public override bool Step()
    {
        if (!_isExecuted)
        {
            Prepare();
            using (var reader = _command.ExecuteReader())
            {
                Rows.Fill(reader);
            }

            _isExecuted = true;
            _owner.Answered();
        }

        return Rows.MoveNext();
    }

    public override int Execute()
    {
        Prepare();
        var changed = _command.ExecuteNonQuery();
        _owner.Answered();
        return Math.Max(0, changed);
    }

    public override bool IsNull(int column) => Rows.IsNull(column);

    public override long Int64(int column) => Rows.Int64(column);

    public override int Int32(int column) => (int)Rows.Int64(column);

    public override ReadOnlySpan<byte> Bytes(int column) => Rows.Bytes(column);

    public override void Reset()
    {
        _isExecuted = false;
        Rows.Clear();
    }

    protected override void Dispose(bool disposing) => _command.Dispose();

    private void Prepare()
    {
        if (_command.IsPrepared)
        {
            return;
        }

        _command.Parameters.Clear();
        for (var parameter = 0; parameter < _parameters.Length; parameter++)
        {
            _command.Parameters.Add(_parameters[parameter] ?? throw new InvalidOperationException($"Parameter {parameter + 1} has no value."));
        }

        _command.Prepare();
    }

    private NpgsqlParameter<long?> Number(int parameter) =>
        (NpgsqlParameter<long?>)(_parameters[parameter - 1] ??= new NpgsqlParameter<long?> { NpgsqlDbType = NpgsqlDbType.Bigint });

    private NpgsqlParameter<ReadOnlyMemory<byte>?> BytesOf(int parameter, NpgsqlDbType type) =>
        (NpgsqlParameter<ReadOnlyMemory<byte>?>)(_parameters[parameter - 1] ??= new NpgsqlParameter<ReadOnlyMemory<byte>?> { NpgsqlDbType = type });

    // PostgreSQL's text holds every character but this one, which comes in nothing that is looked for again.
    private static byte[] Utf8(string value) => Encoding.UTF8.GetBytes(value.Contains('\0', StringComparison.Ordinal) ? value.Replace('\0', '\uFFFD') : value);
}
