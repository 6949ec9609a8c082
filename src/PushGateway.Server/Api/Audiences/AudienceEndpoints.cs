using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Audiences;

/// <summary><c>/v1/apps/{app}/audience/count</c> and <c>/v1/apps/{app}/audiences</c>.</summary>
internal sealed class AudienceEndpoints(
    ISavedAudienceStore saved, IEventStore events, IAudienceStore audiences, IOptions<ApiOptions> options, TimeProvider timeProvider) : IDisposable
{
    private const int MaxSavedBytes = 64 * 1024;

    private readonly AudienceCounter _counter = new(audiences);
    private readonly SemaphoreSlim _counting = new(options.Value.MaxCounts);
    private readonly int _maxSaved = options.Value.MaxSavedAudiences;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGroup("/apps/{app}/audience").WithTags("Audiences").MapPost(
                "/count",
                (AudienceEndpoints endpoints, RequestedApp requestedApp, JsonBody<AudienceCountRequest> body, CancellationToken cancellationToken) =>
                    endpoints.CountAsync(requestedApp.Value, body.Value, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithName("CountAudience").WithSummary("Counts the devices and subscribers an event with this audience and filter would be for now.")
            .WithDescription("A large audience takes about as long as reading it to send: seconds for a million. With exact false, only the estimate, at once.");
        var group = v1.MapGroup("/apps/{app}/audiences").WithTags("Audiences");
        group.MapGet("", (AudienceEndpoints endpoints, RequestedApp requestedApp, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, page, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithName("ListSavedAudiences").WithSummary("Lists the app's saved audiences by name.");
        group.MapPut("/{name}", (AudienceEndpoints endpoints, RequestedApp requestedApp, string name, JsonBody<AudienceDefinitionRequest> body, CancellationToken cancellationToken) =>
                endpoints.PutAsync(requestedApp, name, body.Value, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish)
            .WithName("PutSavedAudience").WithSummary("Saves an audience under a name, or replaces it. Events published before keep what it was.");
        group.MapGet("/{name}", (AudienceEndpoints endpoints, RequestedApp requestedApp, string name, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, name, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithName("GetSavedAudience").WithSummary("A saved audience.");
        group.MapDelete("/{name}", (AudienceEndpoints endpoints, RequestedApp requestedApp, string name, CancellationToken cancellationToken) =>
                endpoints.DeleteAsync(requestedApp, name, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish)
            .WithName("DeleteSavedAudience").WithSummary("Deletes a saved audience. Events published before keep what it was.");
    }

    public void Dispose() => _counting.Dispose();

    internal async Task<Results<Ok<AudienceCountResponse>, ApiProblem>> CountAsync(App app, AudienceCountRequest request, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var named = await new SavedAudienceLookup(saved, app.Key).FindAsync(request.Audience, cancellationToken);
        var definition = FilterMapping.Map(AudienceMapping.Map(request.Audience, named, errors), request.Filter, errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var filter = definition.FilterAt(timeProvider.GetUtcNow(), named);
        var estimate = await events.EstimateAudienceAsync(app.Key, definition.Audience, cancellationToken);
        if (request.Exact == false)
        {
            return TypedResults.Ok(new AudienceCountResponse { Estimate = estimate });
        }

        // The others wait their turn: what is sent is read through the same connections to the store.
        await _counting.WaitAsync(cancellationToken);
        try
        {
            var count = await _counter.CountAsync(AudienceQuery.Of(app, definition.Audience, filter), cancellationToken);
            return TypedResults.Ok(new AudienceCountResponse
            {
                Devices = count.Devices.Sum(),
                Subscribers = count.Subscribers,
                Providers = ProviderKinds.All.ToDictionary(provider => provider.Name(), provider => count.Devices[(int)provider]),
                Estimate = estimate,
            });
        }
        finally
        {
            _counting.Release();
        }
    }

    private async Task<Ok<ListResponse<SavedAudienceResponse>>> ListAsync(RequestedApp app, ListRequest page, CancellationToken cancellationToken)
    {
        var found = await saved.ListAsync(app.Key, page.Cursor, page.Limit + 1, cancellationToken);
        return TypedResults.Ok(new ListResponse<SavedAudienceResponse>
        {
            Items = [.. found.Take(page.Limit).Select(SavedAudienceMapping.ToResponse)],
            NextCursor = found.Count > page.Limit ? ListRequest.Seal(found[page.Limit - 1].Name) : null,
        });
    }

    private async Task<Results<Created<SavedAudienceResponse>, Ok<SavedAudienceResponse>, ApiProblem>> PutAsync(
        RequestedApp app, string name, AudienceDefinitionRequest request, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        FieldRules.RequireId(name, "name", errors);
        if (request.Audience?.Saved is not null)
        {
            errors.Add("audience.saved", "audience.savedNested", "A saved audience cannot name another one.");
            return errors.ToProblem();
        }

        var definition = FilterMapping.Map(AudienceMapping.Map(request.Audience, null, errors), request.Filter, errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        // Each of the events of a batch may name it, and keeps it.
        if (PushEventJson.Serialize(definition).Length is var length and > MaxSavedBytes)
        {
            errors.Add("audience", "audience.tooLarge", $"A saved audience has at most {MaxSavedBytes} bytes as it is stored; this one has {length}.");
            return errors.ToProblem();
        }

        return await saved.PutAsync(app.Key, name, definition, _maxSaved, cancellationToken) switch
        {
            (SavedAudienceChange.Created, { } created) =>
                TypedResults.Created($"/v1/apps/{app.Value.Id}/audiences/{name}", SavedAudienceMapping.ToResponse(created)),
            (SavedAudienceChange.Replaced, { } replaced) => TypedResults.Ok(SavedAudienceMapping.ToResponse(replaced)),
            (SavedAudienceChange.TooMany, _) => ApiProblem.Conflict("audiences.tooMany", $"The app has {_maxSaved} saved audiences already; delete one first."),
            _ => ApiProblem.NotFound("app.unknown", "There is no such app."),
        };
    }

    private async Task<Results<Ok<SavedAudienceResponse>, ApiProblem>> GetAsync(RequestedApp app, string name, CancellationToken cancellationToken) =>
        await saved.FindAsync(app.Key, name, cancellationToken) is { } found ? TypedResults.Ok(SavedAudienceMapping.ToResponse(found)) : Unknown();

    private async Task<Results<NoContent, ApiProblem>> DeleteAsync(RequestedApp app, string name, CancellationToken cancellationToken) =>
        await saved.DeleteAsync(app.Key, name, cancellationToken) ? TypedResults.NoContent() : Unknown();

    private static ApiProblem Unknown() => ApiProblem.NotFound("audience.unknown", "There is no such saved audience.");
}
