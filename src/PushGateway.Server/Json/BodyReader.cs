using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using PushGateway.Server.Problems;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Json;

/// <summary>Reads a whole request body into memory, but never more of it than allowed.</summary>
internal sealed class BodyReader(IOptions<ApiOptions> options)
{
    private readonly ApiOptions _options = options.Value;

    public int MaxJsonDepth => _options.MaxJsonDepth;

    public int MaxBodyBytes => _options.MaxBodyBytes;

    /// <returns>The body, or the problem to answer with.</returns>
    public async ValueTask<(byte[]? Bytes, ApiProblem? Problem)> ReadAsync(HttpContext context)
    {
        // The bound is kept here, so that the answer is ours and the server then lets a client finish writing for a moment:
        // one that is cut off in mid-upload would see a reset in place of the 413.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        if (context.Request.ContentLength > _options.MaxBodyBytes)
        {
            return (null, TooLarge(context));
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            var buffer = result.Buffer;
            if (buffer.Length > _options.MaxBodyBytes)
            {
                reader.AdvanceTo(buffer.End);
                return (null, TooLarge(context));
            }

            if (result.IsCompleted)
            {
                var bytes = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return (bytes, null);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private ApiProblem TooLarge(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        return ApiProblem.BodyTooLarge(_options.MaxBodyBytes);
    }
}
