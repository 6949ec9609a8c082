using System.Text.Json;
using PushGateway.Client.Devices;
using PushGateway.Server.Api.Import;
using PushGateway.Server.Json;

namespace PushGateway.Server.Cli.Output;

/// <summary>A file of the lines that an import has rejected, and the first of them to show.</summary>
internal sealed class RejectedLineFile : IAsyncDisposable
{
    private readonly List<ImportLineError> _first = [];
    private readonly StreamWriter _file;

    /// <exception cref="IOException">The file cannot be written. Nothing has been imported then.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public RejectedLineFile(string path) => _file = new StreamWriter(path);

    /// <summary>As many as an answer without the file would name.</summary>
    public IReadOnlyList<ImportLineError> First => _first;

    public async ValueTask WriteAsync(ImportLineError line)
    {
        if (_first.Count < RejectedLines.MaxNamed)
        {
            _first.Add(line);
        }

        await _file.WriteLineAsync(JsonSerializer.Serialize(new ImportError(line.Line, line.Code, line.Detail), ApiJson.Default.ImportError));
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
