using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Keys;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Keys;

/// <summary><c>/v1/keys</c>.</summary>
internal sealed class KeyEndpoints(
    IApiKeyStore keys, IAppStore apps, TimeProvider timeProvider, IOptions<ApiOptions> options, ILogger<KeyEndpoints> logger)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/keys").WithTags("Keys").RequireScope(ApiKeyScopes.Admin);
        group.MapPost("", (KeyEndpoints endpoints, JsonBody<KeyRequest> body, CancellationToken cancellationToken) => endpoints.CreateAsync(body, cancellationToken))
            .Audited("key.create", static context => context.GetArgument<JsonBody<KeyRequest>>(1).Value is var request ? (request.App ?? "all apps", request.Name) : default)
            .WithName("CreateKey").WithSummary("Makes an API key; the answer is the only place where it is shown.");
        group.MapGet("", (KeyEndpoints endpoints, ListRequest page) => endpoints.List(page))
            .WithName("ListKeys").WithSummary("Lists the API keys, without the keys themselves.");
        group.MapDelete("/{id}", (KeyEndpoints endpoints, string id, CancellationToken cancellationToken) => endpoints.RemoveAsync(id, cancellationToken))
            .AuditedAsItWas("key.remove", "id", static context => context.GetArgument<KeyEndpoints>(0).FindName(context.GetArgument<string>(1)))
            .WithName("RemoveKey").WithSummary("Removes an API key; it is refused from then on.");
    }

    internal async Task<Results<Created<CreatedKeyResponse>, ApiProblem>> CreateAsync(JsonBody<KeyRequest> body, CancellationToken cancellationToken)
    {
        var request = body.Value;
        var errors = new FieldErrors();
        var scopes = KeyRequestMapping.Map(request, apps, errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (keys.List().Count >= options.Value.MaxApiKeys)
        {
            return ApiProblem.Conflict("keys.tooMany", $"There are {options.Value.MaxApiKeys} keys already; remove one first.");
        }

        var secret = ApiKeySecret.Generate();
        var now = timeProvider.GetUtcNow();
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = request.Name!,
            Scopes = scopes,
            AppId = request.App,
            CreatedAt = now,
            Hash = ApiKeySecret.Hash(secret),
        };
        await keys.AddAsync(key, cancellationToken);
        var names = ScopeNames.Of(scopes);
        ServerLog.ApiKeyCreated(logger, key.Id, scopes, key.AppId);
        return TypedResults.Created($"/v1/keys/{key.Id}", new CreatedKeyResponse(key.Id, secret, key.Name, names, key.AppId, key.CreatedAt));
    }

    private Ok<ListResponse<KeyResponse>> List(ListRequest page) =>
        TypedResults.Ok(ListResponse.Slice(
            keys.List(), key => key.Id, key => new KeyResponse(key.Id, key.Name, ScopeNames.Of(key.Scopes), key.AppId, key.CreatedAt, key.LastUsedAt), page));

    /// <summary>What a key is for; <see langword="null"/> when there is none.</summary>
    internal string? FindName(string id) => keys.List().FirstOrDefault(key => key.Id == id)?.Name;

    internal async Task<Results<NoContent, ApiProblem>> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        var admins = keys.List().Where(key => key.Scopes.HasFlag(ApiKeyScopes.Admin)).ToList();
        if (admins is [{ } last] && last.Id == id)
        {
            return ApiProblem.Conflict("key.lastAdmin", "This is the only admin key. Make another before removing it.");
        }

        if (!await keys.RemoveAsync(id, cancellationToken))
        {
            return ApiProblem.NotFound("key.unknown", "There is no such key.");
        }

        ServerLog.ApiKeyRemoved(logger, id);
        return TypedResults.NoContent();
    }
}
