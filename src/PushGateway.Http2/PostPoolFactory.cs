using Microsoft.Extensions.Logging;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2;

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
