using Microsoft.Extensions.Logging.Abstractions;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Pools of the transport under test: the one place that says which it is.</summary>
internal static class Pools
{
    /// <summary>A pool of one connection with 16 streams that trusts the test authority, unless <paramref name="configure"/> says otherwise.</summary>
    public static IPostConnectionPool Create(Uri endpoint, Func<PostPoolOptions, PostPoolOptions>? configure = null, TimeProvider? timeProvider = null)
    {
        var options = new PostPoolOptions
        {
            Endpoint = endpoint,
            TrustedCertificates = TrustedCertificates.Parse(TestCertificates.AuthorityPem),
            Connections = 1,
            StreamsPerConnection = 16,
        };
        var factory = new PostPoolFactory(NullLogger<PostPoolFactory>.Instance, timeProvider ?? TimeProvider.System);
        return new BoundedPool(factory.Create(configure is null ? options : configure(options)));
    }
}
