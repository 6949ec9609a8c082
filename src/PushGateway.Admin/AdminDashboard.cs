using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MudBlazor;
using MudBlazor.Services;
using PushGateway.Admin.Assets;
using PushGateway.Admin.Live;
using PushGateway.Admin.Shared;
using PushGateway.Admin.SignIn;

namespace PushGateway.Admin;

/// <summary>The dashboard at <c>/admin</c>.</summary>
public static class AdminDashboard
{
    /// <summary>Adds the dashboard, its sign-in and its one live stream. Needs the ports of Core, <see cref="Actions.IGatewayActions"/> and <see cref="IStoreWatch"/>. Safe to call twice.</summary>
    public static IServiceCollection AddAdminDashboard(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<AdminOptions>().BindConfiguration(AdminOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AdminOptions>, AdminOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        if (services.Any(service => service.ServiceType == typeof(FirstSignIn)))
        {
            return services;
        }

        services.AddSingleton<FirstSignIn>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<UserAccounts>();
        services.AddSingleton<SignInLimits>();
        services.AddSingleton<OpenSessions>();
        services.AddSingleton<EmbeddedAssets>();
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<WebhookBacklogs>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LiveFeed>());
        services.AddAuthentication().AddCookie(AdminAccess.Scheme);
        services.AddSingleton<IConfigureOptions<CookieAuthenticationOptions>, AdminCookie>();
        services.AddSingleton<IConfigureOptions<AuthenticationOptions>, OpenIdSignIn>();
        OpenIdSignIn.AddHandler(services);
        services.AddOptions<AuthorizationOptions>().Configure(AdminAccess.AddPolicies);
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "pushgateway-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddCascadingAuthenticationState();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 100;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        });
        services.Replace(ServiceDescriptor.Scoped<AuthenticationStateProvider, SessionState>());
        services.AddScoped<SignedInUser>();
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.PreventDuplicates = true;
            mud.SnackbarConfiguration.VisibleStateDuration = 6_000;
        });
        return services;
    }

    /// <summary>Maps every page, the hub behind them and the sign-in, and what browsers are told about them. After routing, authentication and authorization.</summary>
    public static void MapAdminDashboard(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (!app.Services.GetRequiredService<IOptions<AdminOptions>>().Value.Enabled)
        {
            return;
        }

        app.UseAntiforgery();
        app.MapRazorComponents<AdminDocument>()
            .AddInteractiveServerRenderMode(options =>
            {
                options.ContentSecurityFrameAncestorsPolicy = "'none'";
                options.DisableWebSocketCompression = true;
            })
            .RequireAuthorization(AdminAccess.Viewer);
        EmbeddedAssets.Map(app);
        SignInEndpoints.Map(app);
    }

    /// <summary>What browsers are told about everything of the dashboard. Before routing, so that refusals carry it too.</summary>
    public static void UseAdminHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (context.Request.Path.StartsWithSegments("/admin") || context.Request.Path.StartsWithSegments("/_blazor"))
        {
            context.Response.OnStarting(static state =>
            {
                var headers = ((HttpContext)state).Response.Headers;

                // MudBlazor sets styles of elements; scripts come from this server only, and never inline.
                headers.ContentSecurityPolicy =
                    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
                    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
                headers.XFrameOptions = "DENY";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                return Task.CompletedTask;
            }, context);
        }

        return next(context);
    });
}
