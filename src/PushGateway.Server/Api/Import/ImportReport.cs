using System.Text.Json;
using PushGateway.Server.Json;

namespace PushGateway.Server.Api.Import;

/// <summary>What an import did, for a caller that asked for lines: each rejected line is one, and the last says how many of which there were.</summary>
internal sealed class ImportReport(RejectedLines rejected, ImportResponse summary) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        httpContext.Response.ContentType = MediaTypes.Ndjson;
        var output = httpContext.Response.BodyWriter;
        await rejected.WriteToAsync(output, httpContext.RequestAborted);
        await using (var json = new Utf8JsonWriter(output))
        {
            JsonSerializer.Serialize(json, summary, ApiJson.Default.ImportResponse);
        }

        await output.FlushAsync(httpContext.RequestAborted);
    }
}
