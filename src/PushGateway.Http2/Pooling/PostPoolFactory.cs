using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Pooling;

/// <summary>Pools of this project's own HTTP/2 connections.</summary>
public sealed class PostPoolFactory(ILogger<PostPoolFactory> logger, TimeProvider timeProvider) : IPostPoolFactory
{
    public IPostConnectionPool Create(PostPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new PostPool(options, logger, timeProvider);
    }
}
