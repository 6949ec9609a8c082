using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Tests.Components;

internal static class Samples
{
    public static EventRecord Event(EventState state) => new()
    {
        Key = 1,
        AppKey = 1,
        Event = new PushEvent { Id = "e1", AppId = "shop", Type = "t", Audience = Audience.All, CreatedAt = DateTimeOffset.UnixEpoch },
        State = state,
        Control = EventControl.Run,
        EstimatedAudience = 100,
        Account = EventAccount.Empty,
        Timings = new EventTimings { CreatedAt = DateTimeOffset.UnixEpoch },
    };

    public static EventAccount Account(long accepted) => new(
        new Dictionary<ProviderKind, ProviderAccount> { [ProviderKind.Apns] = new(new OutcomeCounts(accepted, 0, 0, 0, 0, 0), new Dictionary<string, long>()) }, accepted);

    public static void AddMudBlazorParts(this IServiceCollection services) => services.AddMudServices();
}
