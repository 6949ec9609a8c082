using Microsoft.AspNetCore.Http;

namespace PushGateway.Simulator.Hosting;

/// <summary>Puts a prepared answer on the wire.</summary>
internal static class AnswerWriting
{
    public static async Task WriteAsync(this HttpResponse response, CannedAnswer answer)
    {
        response.StatusCode = answer.Status;
        if (answer.RetryAfter is not null)
        {
            response.Headers.RetryAfter = answer.RetryAfter;
        }

        // 204 and 304 must not have a body, and Kestrel refuses to write one.
        if (answer.Body.Length == 0 || answer.Status is 204 or 304)
        {
            return;
        }

        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        await response.BodyWriter.WriteAsync(answer.Body);
    }
}
