using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Providers;

/// <summary><c>/v1/apps/{app}/providers</c>.</summary>
internal sealed class ProviderEndpoints(
    IAppStore apps, IEnumerable<IPushProvider> providers, IFanOutDispatcher dispatcher, IRemovalStore removals, OutboundPolicy outbound, TimeProvider timeProvider,
    IOptions<ApiOptions> options, ILogger<ProviderEndpoints> logger)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/providers").WithTags("Provider credentials").RequireScope(ApiKeyScopes.Admin);
        group.MapPut("/apns", (ProviderEndpoints endpoints, RequestedApp requestedApp, JsonBody<ApnsCredentialRequest> body, CheckQuery check, CancellationToken cancellationToken) =>
                endpoints.PutAsync(requestedApp, errors => ApnsCredentialMapping.Map(body.Value, errors), check.Value, cancellationToken))
            .Audited("credential.put", static context => (context.GetArgument<RequestedApp>(1).Value.Id, "apns"))
            .WithName("PutApnsCredential").WithSummary("Replaces the app's APNs key; the one before is kept for a while and can be restored.");
        group.MapPut("/fcm", (ProviderEndpoints endpoints, RequestedApp requestedApp, JsonBody<FcmCredentialRequest> body, CheckQuery check, CancellationToken cancellationToken) =>
                endpoints.PutAsync(requestedApp, errors => FcmCredentialMapping.Map(body.Value, errors), check.Value, cancellationToken))
            .Audited("credential.put", static context => (context.GetArgument<RequestedApp>(1).Value.Id, "fcm"))
            .WithName("PutFcmCredential").WithSummary("Replaces the app's FCM service account; the one before is kept for a while and can be restored.");
        group.MapGet("/{provider}", (ProviderEndpoints endpoints, RequestedApp requestedApp, RequestedProvider requestedProvider, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, requestedProvider, cancellationToken))
            .WithName("GetProvider").WithSummary("A provider's credential without its secrets, and how the provider is doing.");
        group.MapPost("/{provider}/check", (ProviderEndpoints endpoints, RequestedApp requestedApp, RequestedProvider requestedProvider, CancellationToken cancellationToken) =>
                endpoints.CheckAsync(requestedApp, requestedProvider, cancellationToken))
            .WithName("CheckProvider").WithSummary("Proves the credential against the provider, without notifying any device.");
        group.MapPost("/{provider}/restore", (ProviderEndpoints endpoints, RequestedApp requestedApp, RequestedProvider requestedProvider, CancellationToken cancellationToken) =>
                endpoints.RestoreAsync(requestedApp, requestedProvider, cancellationToken))
            .Audited("credential.restore", static context => (context.GetArgument<RequestedApp>(1).Value.Id, context.GetArgument<RequestedProvider>(2).Kind.Name()))
            .WithName("RestoreProvider").WithSummary("Puts the previous credential back; the one that it replaces can be restored in turn.");

        // An unknown provider is unknown whatever is asked of it; a known one takes only what stands above.
        group.MapMethods("/{provider}", [HttpMethods.Put, HttpMethods.Post, HttpMethods.Delete, HttpMethods.Patch], (RequestedApp requestedApp, RequestedProvider requestedProvider) => ApiProblem.MethodNotAllowed("GET, PUT"))
            .ExcludeFromDescription();
    }

    internal async Task<Results<NoContent, ApiProblem>> PutAsync(
        RequestedApp app, Func<FieldErrors, ProviderCredential?> map, bool isChecked, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (map(errors) is not { } credential)
        {
            return errors.ToProblem();
        }

        // Throws what the one handler of failures answers with the field at fault.
        Provider(credential.Provider).ValidateCredential(credential);
        foreach (var (field, url) in Provider(credential.Provider).ChosenAddresses(credential))
        {
            await OutboundFields.CheckAsync(outbound, url, field, errors, cancellationToken);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (isChecked && await ProveAsync(credential, cancellationToken) is { Ok: false } check)
        {
            return ApiProblem.Of(StatusCodes.Status422UnprocessableEntity, check.Code, $"{check.Message} Nothing was changed.");
        }

        if (await apps.PutCredentialAsync(app.Value.Id, credential, cancellationToken) is null)
        {
            return ApiProblem.NotFound("app.unknown", "There is no such app.");
        }

        ServerLog.CredentialReplaced(logger, credential.Provider, app.Value.Id);
        return TypedResults.NoContent();
    }

    private Task<Results<Ok<ProviderResponse>, ApiProblem>> GetAsync(RequestedApp app, RequestedProvider provider, CancellationToken cancellationToken) =>
        DescribeAsync(app.Value, provider.Kind, cancellationToken);

    private async Task<Results<Ok<ProviderResponse>, ApiProblem>> DescribeAsync(App app, ProviderKind provider, CancellationToken cancellationToken)
    {
        if (app.CredentialFor(provider) is not { } credential || app.HistoryOf(provider) is not { } history)
        {
            return NotConfigured(provider);
        }

        var now = timeProvider.GetUtcNow();
        var health = dispatcher.GetHealth(app.Key).FirstOrDefault(entry => entry.Provider == provider);
        return TypedResults.Ok(ToResponse(credential, health, await RemovalsAsync(app.Key, provider, cancellationToken)) with
        {
            SetAt = history.SetAt,
            RotationDue = history.IsRotationDue(now),
            Previous = app.PreviousFor(provider, now) is { } previous ? ToResponse(previous) : null,
        });
    }

    internal async Task<Results<Ok<CredentialCheckResponse>, ApiProblem>> CheckAsync(
        RequestedApp app, RequestedProvider provider, CancellationToken cancellationToken)
    {
        if (app.Value.CredentialFor(provider.Kind) is not { } credential)
        {
            return NotConfigured(provider.Kind);
        }

        var check = await ProveAsync(credential, cancellationToken);
        if (check.Ok)
        {
            dispatcher.ResumeProvider(app.Key, provider.Kind);
        }

        return TypedResults.Ok(new CredentialCheckResponse(check.Ok, check.Code, check.Message, check.Reason));
    }

    internal async Task<Results<Ok<ProviderResponse>, ApiProblem>> RestoreAsync(
        RequestedApp app, RequestedProvider provider, CancellationToken cancellationToken)
    {
        if (app.Value.CredentialFor(provider.Kind) is null)
        {
            return NotConfigured(provider.Kind);
        }

        if (await apps.RestoreCredentialAsync(app.Value.Id, provider.Kind, cancellationToken) is not { } restored)
        {
            return ApiProblem.Conflict("credential.noPrevious", "There is no previous credential: none was replaced, or it was replaced so long ago that it is not kept any more.");
        }

        ServerLog.CredentialRestored(logger, provider.Kind, app.Value.Id);
        return await DescribeAsync(restored, provider.Kind, cancellationToken);
    }

    private async Task<CredentialCheck> ProveAsync(ProviderCredential credential, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Value.CheckTimeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await Provider(credential.Provider).CheckAsync(credential, linked.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new CredentialCheck(false, "endpoint.unreachable", $"The provider did not answer within {options.Value.CheckTimeout.TotalSeconds} seconds.");
        }
    }

    private IPushProvider Provider(ProviderKind kind) => providers.First(provider => provider.Kind == kind);

    private static ApiProblem NotConfigured(ProviderKind kind) =>
        ApiProblem.NotFound("provider.notConfigured", $"The app has no {kind.Name()} credential.");

    private async Task<ProviderRemovalsResponse> RemovalsAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken)
    {
        var hold = removals.FindHold(appKey, provider);
        var count = await removals.CountHeldAsync(appKey, provider, cancellationToken);
        return hold switch
        {
            { IsHeld: true } => new ProviderRemovalsResponse(
                "held",
                $"{provider.Name()} called {hold.Removed} of {hold.Judged} devices dead. That looks like a wrong environment, topic or project: the devices are set " +
                "aside, none is removed. Check the credential, then decide with POST …/removals/release.",
                hold.HeldSince, count, null),
            { AllowedUntil: { } until } when timeProvider.GetUtcNow() < until => new ProviderRemovalsResponse("allowed", null, null, count, until),
            _ => new ProviderRemovalsResponse("applied", null, null, count, null),
        };
    }

    private static ProviderResponse ToResponse(ProviderCredential credential, ProviderHealth? health, ProviderRemovalsResponse removals)
    {
        var response = new ProviderResponse
        {
            Provider = credential.Provider.Name(),
            Version = credential.Version,
            Endpoint = credential.Endpoint?.GetLeftPart(UriPartial.Authority),
            HasTrustedCertificates = credential.TrustedCertificates is not null,
            Health = new ProviderHealthResponse(StateName(health?.State ?? ProviderState.Running), health?.Reason, health?.Message, health?.Since, health?.RetryAt),
            Removals = removals,
        };
        return credential switch
        {
            ApnsCredential apns => response with
            {
                TeamId = apns.TeamId,
                KeyId = apns.KeyId,
                BundleId = apns.BundleId,
                Environment = EnvironmentNames.Of(apns.Environment),
            },
            FcmCredential fcm => response with
            {
                ProjectId = fcm.ProjectId,
                ClientEmail = fcm.ClientEmail,
                MessagesPerMinute = fcm.MessagesPerMinute,
            },
            _ => response,
        };
    }

    private static PreviousCredentialResponse ToResponse(PreviousCredential previous) => new()
    {
        Version = previous.Credential.Version,
        KeyId = (previous.Credential as ApnsCredential)?.KeyId,
        TeamId = (previous.Credential as ApnsCredential)?.TeamId,
        BundleId = (previous.Credential as ApnsCredential)?.BundleId,
        ProjectId = (previous.Credential as FcmCredential)?.ProjectId,
        ClientEmail = (previous.Credential as FcmCredential)?.ClientEmail,
        SetAt = previous.SetAt,
        ReplacedAt = previous.ReplacedAt,
        KeptUntil = previous.KeptUntil,
    };

    private static string StateName(ProviderState state) => state switch
    {
        ProviderState.Running => "running",
        ProviderState.BackingOff => "backingOff",
        ProviderState.Stopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Unknown provider state."),
    };
}
