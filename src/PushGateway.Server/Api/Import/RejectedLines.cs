using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using PushGateway.Server.Json;

namespace PushGateway.Server.Api.Import;

/// <summary>The lines an import has rejected: all counted, the first of them named, and many more when the caller asked for a list.</summary>
/// <remarks>An answer cannot begin before the body has been read, since a client that sends need not read: what is listed waits in a temporary file that is gone with this.</remarks>
internal sealed class RejectedLines : IAsyncDisposable
{
    /// <summary>How many an answer names that is one object.</summary>
    public const int MaxNamed = 100;

    /// <summary>How many a list names; some 100 bytes each on disk while the import runs.</summary>
    public const int MaxListed = 1_000_000;

    private const int BytesInMemory = 64 * 1024;

    private readonly List<ImportError> _first = [];
    private readonly FileBufferingWriteStream? _list;
    private readonly Utf8JsonWriter? _json;

    /// <param name="isListed">Whether more than the first are kept.</param>
    public RejectedLines(bool isListed)
    {
        if (isListed)
        {
            _list = new FileBufferingWriteStream(BytesInMemory);
            _json = new Utf8JsonWriter(_list);
        }
    }

    public long Count { get; private set; }

    /// <summary>The first <see cref="MaxNamed"/>.</summary>
    public IReadOnlyList<ImportError> First => _first;

    /// <exception cref="IOException">The temporary file cannot take it.</exception>
    public void Add(ImportError error)
    {
        Count++;
        if (_first.Count < MaxNamed)
        {
            _first.Add(error);
        }

        if (_json is not null && Count <= MaxListed)
        {
            _json.Reset();
            JsonSerializer.Serialize(_json, error, ApiJson.Default.ImportError);
            _json.Flush();
            _list!.Write("\n"u8);
        }
    }

    /// <summary>Writes the list, one object a line.</summary>
    public Task WriteToAsync(PipeWriter output, CancellationToken cancellationToken) =>
        _list?.DrainBufferAsync(output, cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_json is not null)
        {
            await _json.DisposeAsync();
        }

        if (_list is not null)
        {
            await _list.DisposeAsync();
        }
    }
}
