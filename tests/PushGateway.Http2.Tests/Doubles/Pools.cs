using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Pools of the transport under test: the one place that says which it is.</summary>
internal static class Pools
{
    /// <summary>A pool of one connection with 16 streams that trusts the test authority, unless <paramref name="configure"/> says otherwise.</summary>
    public static IPostConnectionPool Create(Uri endpoint, Func<PostPoolOptions, PostPoolOptions>? configure = null, TimeProvider? timeProvider = null)
    {
        var factory = new PostPoolFactory(NullLogger<PostPoolFactory>.Instance, timeProvider ?? TimeProvider.System);
        return new BoundedPool(factory.Create(Describe(endpoint, configure)));
    }

    /// <summary>The same, with a say in what only tests have one in.</summary>
    /// <param name="firstStreamId">Odd; where each connection begins to count.</param>
    public static IPostConnectionPool CreateInside(
        Uri endpoint, Func<PostPoolOptions, PostPoolOptions>? configure = null, TimeProvider? timeProvider = null, ILogger? logger = null, int firstStreamId = 1) =>
        new BoundedPool(new PostPool(Describe(endpoint, configure), logger ?? NullLogger.Instance, timeProvider ?? TimeProvider.System, firstStreamId));

    private static PostPoolOptions Describe(Uri endpoint, Func<PostPoolOptions, PostPoolOptions>? configure)
    {
        var options = new PostPoolOptions
        {
            Endpoint = endpoint,
            TrustedCertificates = TrustedCertificates.Parse(TestCertificates.AuthorityPem),
            Connections = 1,
            StreamsPerConnection = 16,
        };
        return configure is null ? options : configure(options);
    }
}
