using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Simulator.Hosting;

/// <summary>Puts a prepared answer on the wire.</summary>
internal static class AnswerWriting
{
    /// <summary>
    /// Hands the answer to Kestrel without flushing: it goes out when the request delegate returns, with END_STREAM on the DATA frame that holds the body.
    /// Flushed earlier it would be followed by an empty DATA frame, over which at least one APNs client stumbles.
    /// </summary>
    public static void Write(this HttpResponse response, CannedAnswer answer)
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
        response.BodyWriter.Write(answer.Body);
    }
}
