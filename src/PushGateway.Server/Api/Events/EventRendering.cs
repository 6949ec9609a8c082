using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Renders an event as it would be sent, so that nothing is accepted that cannot be.</summary>
internal sealed class EventRendering(IEnumerable<IPushProvider> providers)
{
    private readonly IPushProvider[] _providers = [.. providers.OrderBy(provider => provider.Kind)];

    /// <summary>Each provider of the filter with each content variant: the event's own text first, its locale <see langword="null"/>.</summary>
    public IEnumerable<RenderedVariant> Render(App app, PushEvent pushEvent)
    {
        foreach (var provider in _providers.Where(provider => pushEvent.Filter.Providers.Contains(provider.Kind)))
        {
            var credential = app.CredentialFor(provider.Kind);
            yield return new RenderedVariant(provider.Kind, null, provider.Render(credential, pushEvent, pushEvent.Notification));
            foreach (var (locale, localization) in pushEvent.Localizations)
            {
                yield return new RenderedVariant(provider.Kind, locale, provider.Render(credential, pushEvent, pushEvent.Notification.With(localization)));
            }
        }
    }

    /// <summary>Names what a provider would refuse.</summary>
    public void Check(App app, PushEvent pushEvent, FieldErrors errors)
    {
        foreach (var variant in Render(app, pushEvent))
        {
            if (variant.Notification.Problem is { } problem)
            {
                var place = variant.Locale is null ? string.Empty : $" In localization {variant.Locale}.";
                errors.Add(problem.Field, problem.Code, $"{problem.Detail}{place}");
            }
        }
    }
}

/// <param name="Locale"><see langword="null"/> for the event's own text.</param>
internal readonly record struct RenderedVariant(ProviderKind Provider, string? Locale, RenderedNotification Notification);
