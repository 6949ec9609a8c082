namespace PushGateway.Http2;

/// <summary>One POST on its own, its answer kept: for proving that an endpoint and a credential work.</summary>
public sealed class SinglePost : PostBatch
{
    private readonly byte[] _path;
    private readonly byte[] _body;
    private readonly HeaderBlock _headers;

    private SinglePost(byte[] path, HeaderBlock headers, byte[] body) => (_path, _headers, _body) = (path, headers, body);

    public override int Count => 1;

    /// <summary>HTTP status, or 0.</summary>
    public int Status { get; private set; }

    public PostFault Fault { get; private set; }

    public string? Detail { get; private set; }

    public DateTimeOffset? Date { get; private set; }

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <exception cref="OperationCanceledException">Cancelled before the request was begun.</exception>
    public static async Task<SinglePost> SendAsync(
        IPostConnectionPool pool, ReadOnlyMemory<byte> path, HeaderBlock headers, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(headers);
        var post = new SinglePost(path.ToArray(), headers, body.ToArray());
        await pool.SendAsync(post, cancellationToken);
        if (post is { Status: 0, Fault: PostFault.None })
        {
            throw new OperationCanceledException(cancellationToken);
        }

        return post;
    }

    public override void Write(int index, PostRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.AppendPath(_path);
        request.AddHeaders(_headers);
        request.AppendBody(_body);
    }

    public override void OnAnswer(int index, in PostAnswer answer) =>
        (Status, Fault, Detail, Date, Body) = (answer.Status, answer.Fault, answer.Detail, answer.Date, answer.Body.ToArray());
}
