using System.Text.Json;
using PushGateway.Client.Devices;
using PushGateway.Server.Api.Import;
using PushGateway.Server.Json;

namespace PushGateway.Server.Cli.Output;

/// <summary>A file of the lines that an import has rejected, and the first of them to show. What the file was before it stays until there is something to say.</summary>
internal sealed class RejectedLineFile : IAsyncDisposable
{
    private readonly List<ImportLineError> _first = [];
    private readonly StreamWriter _file;

    private bool _isBegun;

    /// <exception cref="IOException">The file cannot be written, or is open: as what is imported, perhaps. Nothing has been imported then.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public RejectedLineFile(string path) => _file = new StreamWriter(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));

    /// <summary>As many as an answer without the file would name.</summary>
    public IReadOnlyList<ImportLineError> First => _first;

    public async ValueTask WriteAsync(ImportLineError line)
    {
        Begin();
        if (_first.Count < RejectedLines.MaxNamed)
        {
            _first.Add(line);
        }

        await _file.WriteLineAsync(JsonSerializer.Serialize(new ImportError(line.Line, line.Code, line.Detail), ApiJson.Default.ImportError));
    }

    /// <summary>Everything has been said, though it be nothing.</summary>
    public void End() => Begin();

    private void Begin()
    {
        if (!_isBegun)
        {
            _isBegun = true;
            _file.BaseStream.SetLength(0);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
