using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using PushGateway.Http2;

namespace PushGateway.Providers.Tests.Http2;

/// <summary>Posts its numbers and keeps what came back.</summary>
internal sealed class EchoBatch(string name, int count) : PostBatch
{
    private static readonly HeaderBlock s_headers = new(new PostHeader("x-kind", "echo"), new PostHeader("content-type", "text/plain"));

    public ConcurrentDictionary<int, (int Status, PostFault Fault, string Body, TimeSpan? RetryAfter)> Answers { get; } = new();

    public override int Count => count;

    public override void Write(int index, PostRequest request)
    {
        request.AppendPath("/echo/"u8);
        request.AppendPath(Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        request.AddHeaders(s_headers);
        request.AppendBody(Encoding.UTF8.GetBytes($"{name}-{index}"));
    }

    public override void OnAnswer(int index, in PostAnswer answer)
    {
        if (!Answers.TryAdd(index, (answer.Status, answer.Fault, Encoding.UTF8.GetString(answer.Body), answer.RetryAfter)))
        {
            throw new InvalidOperationException($"Request {index} was answered twice.");
        }
    }
}
