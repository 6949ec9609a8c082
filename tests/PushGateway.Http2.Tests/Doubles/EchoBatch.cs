using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Posts its numbers and keeps what came back. A second answer to a request is an error.</summary>
/// <param name="name">Begins every body.</param>
/// <param name="bodyLength">Bytes to which each body is filled up; 0 leaves it as short as it is.</param>
internal sealed class EchoBatch(string name, int count, int bodyLength = 0) : PostBatch
{
    private static readonly HeaderBlock s_headers = new(new PostHeader("x-kind", "echo"), new PostHeader("content-type", "text/plain"));

    public ConcurrentDictionary<int, (int Status, PostFault Fault, string Body, TimeSpan? RetryAfter)> Answers { get; } = new();

    /// <summary>The faults in words.</summary>
    public ConcurrentDictionary<int, string?> Details { get; } = new();

    /// <summary>Those whose fault was one of the connection.</summary>
    public ConcurrentDictionary<int, bool> OfConnection { get; } = new();

    public override int Count => count;

    public override int Lane => Urgency;

    public int Urgency { get; init; }

    /// <summary>Statuses and faults in the order of the requests; throws for a request without an answer.</summary>
    public IReadOnlyList<(int Status, PostFault Fault)> Outcomes => [.. Enumerable.Range(0, count).Select(index => (Answers[index].Status, Answers[index].Fault))];

    public string BodyOf(int index) => $"{name}-{index.ToString(CultureInfo.InvariantCulture)}".PadRight(bodyLength, '.');

    public static string PathOf(int index) => "/echo/" + index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of the request that was sent to the path.</summary>
    public static int IndexOf(string path) => int.Parse(path.AsSpan("/echo/".Length), CultureInfo.InvariantCulture);

    public override void Write(int index, PostRequest request)
    {
        request.AppendPath(Encoding.ASCII.GetBytes(PathOf(index)));
        request.AddHeaders(s_headers);
        request.AppendBody(Encoding.UTF8.GetBytes(BodyOf(index)));
    }

    public override void OnAnswer(int index, in PostAnswer answer)
    {
        if (!Answers.TryAdd(index, (answer.Status, answer.Fault, Encoding.UTF8.GetString(answer.Body), answer.RetryAfter)))
        {
            throw new InvalidOperationException($"Request {index} was answered twice.");
        }

        Details[index] = answer.Detail;
        if (answer.IsOfConnection)
        {
            OfConnection[index] = true;
        }
    }

    /// <summary>Fails unless every request was answered with 200 and its own body.</summary>
    public void AssertEchoed()
    {
        Assert.Equal(count, Answers.Count);
        Assert.All(Answers, answer => Assert.Equal(
            (200, PostFault.None, BodyOf(answer.Key), null), (answer.Value.Status, answer.Value.Fault, answer.Value.Body, Details.GetValueOrDefault(answer.Key))));
    }
}
