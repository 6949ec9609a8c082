using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Server.Api.Events;

namespace PushGateway.Server.Api.Audiences;

/// <summary>Finds the saved audiences that the events of one request name, each once.</summary>
internal sealed class SavedAudienceLookup(ISavedAudienceStore audiences, int appKey)
{
    private readonly Dictionary<string, AudienceDefinition?> _found = new(StringComparer.Ordinal);

    /// <returns><see langword="null"/> when it names none, or there is none of that name.</returns>
    public async ValueTask<AudienceDefinition?> FindAsync(AudienceRequest? request, CancellationToken cancellationToken)
    {
        if (request?.Saved is not { } name || !Identifier.IsValid(name))
        {
            return null;
        }

        if (!_found.TryGetValue(name, out var definition))
        {
            _found[name] = definition = (await audiences.FindAsync(appKey, name, cancellationToken))?.Definition;
        }

        return definition;
    }
}
