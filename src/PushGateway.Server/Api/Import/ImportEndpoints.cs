using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Import;

/// <summary><c>/v1/apps/{app}/devices/import</c> and <c>/export</c>.</summary>
internal sealed class ImportEndpoints(IDeviceStore devices, IOptions<ApiOptions> options, ILogger<ImportEndpoints> logger)
{
    private const int ExportFlushBytes = 32 * 1024;

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/devices").WithTags("Import and export").RequireScope(ApiKeyScopes.Devices);
        group.MapPost("/import", (ImportEndpoints endpoints, RequestedApp requestedApp, FromLineQuery fromLine, HttpContext context) => endpoints.ImportAsync(requestedApp, fromLine, context))
            .WithMetadata(new RequestBodyMetadata(typeof(DeviceLine), [MediaTypes.Ndjson, MediaTypes.Csv]))
            .WithName("ImportDevices").WithSummary("Registers and subscribes devices, one a line, without a limit on their number.")
            .WithDescription(
                $"The answer names the first {RejectedLines.MaxNamed} rejected lines. With Accept: {MediaTypes.Ndjson} it is lines: one for each rejected line, up to " +
                $"{RejectedLines.MaxListed.ToString("N0", CultureInfo.InvariantCulture)}, and the summary as the last.");
        group.MapGet("/export", (ImportEndpoints endpoints, RequestedApp requestedApp, HttpContext context) => endpoints.ExportAsync(requestedApp, context))
            .Produces<DeviceLine>(StatusCodes.Status200OK, MediaTypes.Ndjson)
            .WithName("ExportDevices").WithSummary("All devices of the app with their channels, one a line, in the form an import reads.");
    }

    private async Task<Results<Ok<ImportResponse>, ImportReport, ApiProblem>> ImportAsync(RequestedApp app, FromLineQuery fromLine, HttpContext context)
    {
        var isCsv = MediaTypes.Is(context.Request, MediaTypes.Csv);
        if (!isCsv && !MediaTypes.Is(context.Request, MediaTypes.Ndjson))
        {
            return ApiProblem.WrongContentType($"{MediaTypes.Ndjson} or {MediaTypes.Csv}");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        var isListed = MediaTypes.IsAccepted(context.Request, MediaTypes.Ndjson);
        var rejected = new RejectedLines(isListed);
        context.Response.RegisterForDisposeAsync(rejected);
        ILineParser parser = isCsv ? new CsvLineParser() : new NdjsonLineParser();
        var importer = new DeviceImporter(devices, app.Key, options.Value.ImportBatchSize, rejected);
        var lines = new LineReader(context.Request.BodyReader, parser, importer, options.Value.MaxImportLineBytes, fromLine.Value);
        try
        {
            if (await lines.ReadAsync(context.RequestAborted) is { } problem)
            {
                return problem;
            }

            var response = await importer.CompleteAsync();
            return isListed ? new ImportReport(rejected, response with { Errors = [] }) : TypedResults.Ok(response);
        }
        catch (StoreUnavailableException unavailable)
        {
            ServerLog.StoreUnavailable(logger, unavailable, context.Request.Method, context.Request.Path);
            var next = Math.Max(importer.DoneUpTo + 1, fromLine.Value);
            var missed = importer.RejectedUpTo == 0 ? string.Empty : string.Create(
                CultureInfo.InvariantCulture, $" {importer.RejectedUpTo} lines before that line were rejected: only the whole of it names them.");
            return ApiProblem.StoreUnavailable(
                $"The store stopped taking changes. The first {importer.Stored} good lines of the import were taken and stay; those behind them were not. " +
                $"Repeat it later with fromLine={next.ToString(CultureInfo.InvariantCulture)}, or the whole of it: lines that were taken already are then unchanged.{missed}");
        }
        catch (Exception aborted) when (aborted is OperationCanceledException or IOException)
        {
            // The client broke off. The whole lines it has sent count; nobody is left to read an answer.
            await importer.CompleteAsync();
            ServerLog.ImportAborted(logger, app.Value.Id, lines.Line);
            throw;
        }
    }

    private async Task ExportAsync(RequestedApp app, HttpContext context)
    {
        context.Response.ContentType = MediaTypes.Ndjson;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var cancellationToken = context.RequestAborted;
        var output = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(output);
        await foreach (var export in devices.ExportAsync(app.Key, cancellationToken))
        {
            json.Reset();
            JsonSerializer.Serialize(json, ToLine(export), ExportJson.Default.DeviceLine);
            json.Flush();
            output.Write("\n"u8);
            if (output.UnflushedBytes >= ExportFlushBytes)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        await output.FlushAsync(cancellationToken);
    }

    private static DeviceLine ToLine(in DeviceExport export)
    {
        var registration = export.Device.Registration;
        return new DeviceLine
        {
            Device = registration.DeviceId,
            Provider = registration.Provider.Name(),
            Token = registration.Token,
            Subscriber = registration.SubscriberId,
            Channels = export.Channels,
            Environment = EnvironmentNames.Of(registration.Environment),
            Locale = registration.Locale,
            TimeZone = registration.TimeZone,
            AppVersion = registration.AppVersion,
            Tags = registration.Tags.Count == 0 ? null : registration.Tags,
        };
    }
}
