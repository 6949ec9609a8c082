using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PushGateway.Core.Keys;
using PushGateway.Core.Messaging;
using PushGateway.Core.Providers;
using PushGateway.Live;
using PushGateway.Server.Api.Apps;
using PushGateway.Server.Api.Audiences;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Api.Engagement;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Api.Identity;
using PushGateway.Server.Api.Import;
using PushGateway.Server.Api.Keys;
using PushGateway.Server.Api.Live;
using PushGateway.Server.Api.Nodes;
using PushGateway.Server.Api.OpenApi;
using PushGateway.Server.Api.Operations;
using PushGateway.Server.Api.Providers;
using PushGateway.Server.Api.Removals;
using PushGateway.Server.Api.Rpc;
using PushGateway.Server.Api.Subscribers;
using PushGateway.Server.Api.Webhooks;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api;

/// <summary>The HTTP API: what it registers, and what it answers at.</summary>
internal static class PublisherApi
{
    /// <remarks>May be called twice. What it needs of the ports in Core is registered elsewhere.</remarks>
    public static IServiceCollection AddPublisherApi(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ApiOptions>>((kestrel, api) =>
        {
            kestrel.Limits.MaxRequestBodySize = api.Value.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = api.Value.MaxHeaderBytes;
            kestrel.Limits.MaxConcurrentConnections = api.Value.MaxConnections;
            kestrel.AddServerHeader = false;

            // Bytes outside ASCII come through as characters that the rules for each header refuse with a reason; read as UTF-8, a wrong
            // one would end the connection with an empty answer. A key may be any text, and its holder sends it as UTF-8.
            kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.Authorization ? Encoding.UTF8 : Encoding.Latin1;
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.Converters.Add(new UtcTimeConverter());
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.TryAddSingleton<FailureProblems>();
        services.AddAccess();
        services.AddRateLimiter();
        services.AddGatewayMetrics();
        services.TryAddSingleton<RequestRateLimits>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<RateLimiterOptions>, RequestRateLimits>(static provider => provider.GetRequiredService<RequestRateLimits>()));
        services.AddOpenApi("v1", openApi => openApi
            .AddDocumentTransformer<OpenApiDescription>().AddOperationTransformer<OpenApiDescription>().AddSchemaTransformer<OpenApiDescription>());
        services.TryAddSingleton<BodyReader>();
        services.TryAddSingleton<EventRendering>();
        services.TryAddSingleton<EventIntake>();
        services.TryAddSingleton<IMessageIntake, MessageIntake>();
        services.TryAddSingleton<EventAccounts>();
        services.TryAddSingleton<KeyEndpoints>();
        services.TryAddSingleton<NodeEndpoints>();
        services.TryAddSingleton<AppEndpoints>();
        services.TryAddSingleton<ProviderEndpoints>();
        services.TryAddSingleton<DeviceEndpoints>();
        services.TryAddSingleton<SubscriptionEndpoints>();
        services.TryAddSingleton<SubscriberEndpoints>();
        services.TryAddSingleton<IdentityEndpoints>();
        services.TryAddSingleton<ImportEndpoints>();
        services.TryAddSingleton<AudienceEndpoints>();
        services.TryAddSingleton<EventEndpoints>();
        services.TryAddSingleton<BatchEndpoint>();
        services.TryAddSingleton<EventControlEndpoints>();
        services.TryAddSingleton<ResendEndpoint>();
        services.TryAddSingleton<ProgressEndpoints>();
        services.TryAddSingleton<ReceiptEndpoints>();
        services.TryAddSingleton<OpenEndpoints>();
        services.TryAddSingleton<LiveConfirmEndpoint>();
        services.TryAddSingleton<RemovalEndpoints>();
        services.TryAddSingleton<WebhookEndpoints>();
        services.TryAddSingleton<LiveAccess>();
        services.TryAddSingleton<LiveSending>();
        services.TryAddSingleton<LiveEndpoints>();
        services.AddSignalR();
        services.AddRpcApi();
        return services;
    }

    /// <summary>Encrypts provider secrets with keys kept in <see cref="KeysDirectoryOptions.KeysDirectory"/>.</summary>
    public static IServiceCollection AddSecretProtection(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<KeysDirectoryOptions>().BindConfiguration(KeysDirectoryOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KeysDirectoryOptions>, KeysDirectoryOptionsValidator>());

        // The name keeps the keys usable when the program moves to another folder.
        services.AddDataProtection().SetApplicationName("PushGateway");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<KeysDirectoryOptions>, ILoggerFactory>((keys, directory, loggers) =>
            keys.XmlRepository = new FileSystemXmlRepository(KeysFolder.Ensure(directory.Value.KeysDirectory), loggers));
        services.TryAddSingleton<ISecretProtector, DataProtectionSecretProtector>();
        return services;
    }

    public static void MapPublisherApi(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseForwardedHeaders();
        app.UseMiddleware<LiveServing>();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRoutingOfHead();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseWebSockets();
        var v1 = app.MapGroup("/v1");
        v1.AddEndpointFilter<RouteGroupBuilder, RefuseBadArguments>();
        KeyEndpoints.Map(v1);
        NodeEndpoints.Map(v1);
        AppEndpoints.Map(v1);
        ProviderEndpoints.Map(v1);
        IdentityEndpoints.Map(v1);
        ImportEndpoints.Map(v1);
        DeviceEndpoints.Map(v1);
        SubscriptionEndpoints.Map(v1);
        SubscriberEndpoints.Map(v1);
        AudienceEndpoints.Map(v1);
        EventEndpoints.Map(v1);
        BatchEndpoint.Map(v1);
        EventControlEndpoints.Map(v1);
        ResendEndpoint.Map(v1);
        ProgressEndpoints.Map(v1);
        ReceiptEndpoints.Map(v1);
        OpenEndpoints.Map(v1);
        LiveConfirmEndpoint.Map(v1);
        RemovalEndpoints.Map(v1);
        WebhookEndpoints.Map(v1);
        LiveEndpoints.Map(v1);
        app.MapHub<LiveConnection>(LiveConnection.Path, connections => LiveConnection.Configure(connections, app.Services.GetRequiredService<IOptions<LiveOptions>>().Value))
            .RequireLive(ApiKeyScopes.Read | ApiKeyScopes.Publish);
        app.MapRpcApi();
        OperationsEndpoints.Map(app);
        MetricsEndpoint.Map(app);
    }

    private static void AddAccess(this IServiceCollection services)
    {
        services.AddAuthentication(ApiKeyAuthenticationHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthenticationHandler>(ApiKeyAuthenticationHandler.SchemeName, null);
        services.AddAuthorization();
        services.TryAddSingleton<FailedKeyLimits>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, KeyUseRecorder>());
        services.TryAddSingleton<SubscriberTokens>();
        services.TryAddSingleton<PublisherKeys>();
        services.TryAddSingleton<PublisherTokens>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ForwardedHeadersOptions>, ProxyTrust>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAuthorizationHandler, ScopeAuthorizationHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAuthorizationHandler, LiveAuthorizationHandler>());
        services.Replace(ServiceDescriptor.Singleton<IAuthorizationMiddlewareResultHandler, AuthorizationProblems>());
    }
}
