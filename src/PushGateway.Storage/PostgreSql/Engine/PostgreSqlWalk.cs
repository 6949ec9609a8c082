using System.Globalization;
using Npgsql;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>A statement whose rows are fetched some at a time, through a cursor: its reader may stop long before the last one.</summary>
/// <remarks>A cursor ends with its transaction. Until then it stays open when the reading ends: to close it would cost an exchange more.</remarks>
internal sealed class PostgreSqlWalk : PostgreSqlStatement
{
    private const int FirstRows = 128;
    private const int MoreRows = 1_024;

    private readonly PostgreSqlStoreConnection _owner;
    private readonly string _cursor;
    private readonly NpgsqlCommand _fetchFirst;
    private readonly NpgsqlCommand _fetchMore;
    private long _openedIn = -1;
    private bool _isReading;
    private bool _isAtEnd;

    public PostgreSqlWalk(PostgreSqlStoreConnection owner, string sql, int number)
        : this(owner, sql, string.Create(CultureInfo.InvariantCulture, $"walk{number}"))
    {
    }

    private PostgreSqlWalk(PostgreSqlStoreConnection owner, string sql, string cursor)
        : base(owner, new PostgreSqlText(sql), $"DECLARE {cursor} NO SCROLL CURSOR FOR ")
    {
        (_owner, _cursor) = (owner, cursor);
        _fetchFirst = Fetch(FirstRows);
        _fetchMore = Fetch(MoreRows);
    }

    public override bool Step()
    {
        if (!_isReading)
        {
            Open();
            FetchRows(_fetchFirst, FirstRows);
        }

        while (!Rows.MoveNext())
        {
            if (_isAtEnd)
            {
                return false;
            }

            FetchRows(_fetchMore, MoreRows);
        }

        return true;
    }

    public override void Reset()
    {
        _isReading = false;
        base.Reset();
    }

    protected override void Dispose(bool disposing)
    {
        _fetchFirst.Dispose();
        _fetchMore.Dispose();
        base.Dispose(disposing);
    }

    private void Open()
    {
        if (_openedIn == _owner.Cursors)
        {
            _owner.Execute($"CLOSE {_cursor}");
            _openedIn = -1;
        }

        Execute();
        (_openedIn, _isReading, _isAtEnd) = (_owner.Cursors, true, false);
        _owner.CursorOpened();
    }

    private void FetchRows(NpgsqlCommand fetch, int rows)
    {
        // Only here: what the cursor gives is not known before there is one.
        if (!fetch.IsPrepared)
        {
            fetch.Prepare();
        }

        using (var reader = fetch.ExecuteReader())
        {
            Rows.Fill(reader);
        }

        _owner.Answered();
        _isAtEnd = Rows.Rows < rows;
    }

#pragma warning disable CA2100 // Names and numbers of ours.
    private NpgsqlCommand Fetch(int rows) =>
        new(string.Create(CultureInfo.InvariantCulture, $"FETCH FORWARD {rows} FROM {_cursor}"), _owner.NpgsqlConnection);
#pragma warning restore CA2100
}
