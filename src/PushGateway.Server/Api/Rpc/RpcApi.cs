using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core.Keys;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;
using Proto = PushGateway.V1;

namespace PushGateway.Server.Api.Rpc;

/// <summary>The gRPC services: publishing and following, beside health and reflection.</summary>
internal static class RpcApi
{
    private const string UrlKey = $"{GrpcOptions.SectionName}:{nameof(GrpcOptions.Url)}";

    public static void AddRpcApi(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.IgnoreUnknownServices = true;
            grpc.Interceptors.Add<RpcFailures>();
        });
        services.TryAddSingleton<RpcFailures>();
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<ApiOptions>>((grpc, api) => grpc.MaxReceiveMessageSize = api.Value.MaxBodyBytes);
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map(Proto.PushLive.Descriptor.FullName, _ => true);
            health.Services.Map(Proto.PushPublish.Descriptor.FullName, _ => true);
        }).AddCheck<StoreHealthCheck>("store");
    }

    public static void MapRpcApi(this WebApplication app)
    {
        // Of a message the services know the size before they read it, and refuse it in gRPC's words; the server's limit would break it off in mid-read.
        var unlimited = new DisableRequestSizeLimitAttribute();
        app.MapGrpcService<PushLiveService>().RequireSubscriber(ApiKeyScopes.Read | ApiKeyScopes.Publish, TokenUse.Live).WithMetadata(unlimited);
        app.MapGrpcService<PushPublishService>().RequireScope(ApiKeyScopes.Publish).WithMetadata(unlimited);

        // As the probes and the description of the HTTP API: an orchestrator has no key, and what can be called is no secret.
        app.MapGrpcHealthChecksService().DisableRateLimiting();
        app.MapGrpcReflectionService();
    }

    /// <summary>Has the server listen where gRPC is spoken without TLS, when there is such an address.</summary>
    /// <exception cref="InvalidSettingException">The address is none, or its port is not its own.</exception>
    public static void ListenForRpc(this WebApplicationBuilder builder)
    {
        if (ExtraAddress.Listen(builder, UrlKey, builder.Configuration[UrlKey], "Grpc", nameof(HttpProtocols.Http2)) is { } port)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen =>
            {
                if (listen.IPEndPoint?.Port == port)
                {
                    listen.Protocols = HttpProtocols.Http2;
                }
            }));
        }
    }
}
