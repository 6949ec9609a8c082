using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage;

namespace PushGateway.Dispatch.Tests;

/// <summary>The real dispatch over a real SQLite file, with scripted providers. Can be stopped and started again on the same file.</summary>
internal sealed class DispatchFixture : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pushgateway-dispatch-").FullName;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<string, string?> _settings;
    private IHost? _host;

    private DispatchFixture(TimeProvider timeProvider, Dictionary<string, string?> settings) => (_timeProvider, _settings) = (timeProvider, settings);

    public ScriptedProvider Apns { get; } = new(ProviderKind.Apns);

    public ScriptedProvider Fcm { get; } = new(ProviderKind.Fcm);

    public App App { get; private set; } = null!;

    public IServiceProvider Services => _host!.Services;

    public IDeviceStore Devices => Services.GetRequiredService<IDeviceStore>();

    public IEventStore Events => Services.GetRequiredService<IEventStore>();

    public IAppStore Apps => Services.GetRequiredService<IAppStore>();

    public CountingFanOutStore FanOuts => Services.GetRequiredService<CountingFanOutStore>();

    public IFanOutDispatcher Dispatcher => Services.GetRequiredService<IFanOutDispatcher>();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<DispatchFixture> StartAsync(
        TimeProvider? timeProvider = null, params IEnumerable<(string Option, string Value)> options)
    {
        var settings = new Dictionary<string, string?>
        {
            ["PushGateway:Dispatch:PageSize"] = "50",
            ["PushGateway:Dispatch:MaxDevicesInFlight"] = "400",
            ["PushGateway:Dispatch:InProcessRetryDelay"] = "00:00:00.001",
            ["PushGateway:Dispatch:DeferredRetryDelay"] = "00:00:00.010",
            ["PushGateway:Dispatch:ProbeInterval"] = "00:00:00.010",
            // Tests of anything else are not to wait for it.
            ["PushGateway:Dispatch:RetryBudgetFloor"] = "1000000",
        };
        foreach (var (option, value) in options)
        {
            settings[$"PushGateway:Dispatch:{option}"] = value;
        }

        var fixture = new DispatchFixture(timeProvider ?? TimeProvider.System, settings);
        await fixture.StartHostAsync();
        (fixture.App, _) = await fixture.Apps.PutAsync("app", "App", Cancelled);
        await fixture.PutApnsAsync();
        await fixture.PutFcmAsync();
        return fixture;
    }

    public async Task PutApnsAsync(DeviceEnvironment environment = DeviceEnvironment.Production) => App = (await Apps.PutCredentialAsync(
        "app",
        new ApnsCredential { TeamId = "TEAM000000", KeyId = "KEY0000000", PrivateKey = "secret", BundleId = "com.example", Environment = environment },
        Cancelled))!;

    public async Task PutLimitsAsync(AppLimits limits) => (App, _) = await Apps.PutAsync("app", "App", limits, Cancelled);

    public async Task PutFcmAsync(int messagesPerMinute = 60_000_000) => App = (await Apps.PutCredentialAsync(
        "app",
        new FcmCredential { ServiceAccountJson = "{}", ProjectId = "p", ClientEmail = "e", MessagesPerMinute = messagesPerMinute },
        Cancelled))!;

    /// <summary>Registers devices <c>d0</c>, <c>d1</c>… in channel <c>news</c>, even ones on APNs, odd ones on FCM.</summary>
    public async Task ImportAsync(int count, Func<int, DeviceRegistration, DeviceRegistration>? change = null)
    {
        var imports = Enumerable.Range(0, count).Select(number =>
        {
            var registration = new DeviceRegistration
            {
                DeviceId = $"d{number}",
                SubscriberId = $"s{number}",
                Provider = number % 2 == 0 ? ProviderKind.Apns : ProviderKind.Fcm,
                Token = Token(number),
            };
            return new DeviceImport(change?.Invoke(number, registration) ?? registration, ["news"]);
        });
        foreach (var chunk in imports.Chunk(1_000))
        {
            await Devices.ImportAsync(App.Key, chunk, Cancelled);
        }
    }

    public static string Token(int number) => $"{number:x32}";

    public async Task<EventRecord> PublishAsync(Func<PushEvent, PushEvent>? change = null)
    {
        var now = _timeProvider.GetUtcNow();
        var pushEvent = new PushEvent
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            AppId = "app",
            Type = "video.published",
            Audience = new Audience(AudienceKind.Channels, ["news"]),
            Notification = new NotificationContent { Title = "New video" },
            CreatedAt = now,
        };
        var receipt = await Services.GetRequiredService<IEventPublisher>().PublishAsync(
            App.Key, change?.Invoke(pushEvent) ?? pushEvent, idempotencyKey: null, Cancelled);
        return receipt.Event!;
    }

    /// <summary>The event once it is final.</summary>
    public async Task<EventRecord> WaitAsync(EventRecord record)
    {
        var found = record;
        await Eventually.IsAsync(
            async () =>
            {
                if (Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is { } running)
                {
                    await running.Final.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
                }

                // After a restart the event is running only once it has been loaded.
                found = await FindAsync(record);
                return found.State.IsFinal();
            },
            () => $"The event stays {found.State}.");
        return found;
    }

    public async Task<EventRecord> FindAsync(EventRecord record) =>
        await Events.FindAsync(App.Key, record.Event.Id, Cancelled) ?? throw new InvalidOperationException("The event is gone.");

    public async Task<(EventRecord Event, bool Allowed)> ControlAsync(EventRecord record, EventControl control)
    {
        var changed = await Events.ControlAsync(App.Key, record.Event.Id, control, Cancelled) ??
            throw new InvalidOperationException("The event is gone.");
        if (changed.Allowed)
        {
            await Dispatcher.ApplyControlAsync(changed.Event, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        }

        return (await FindAsync(record), changed.Allowed);
    }

    /// <summary>Has the credentials accept one notification each, so that they are not on trial any more.</summary>
    public async Task ProveAsync() => await WaitAsync(
        await PublishAsync(e => e with { Audience = new Audience(AudienceKind.Devices, ["d0", "d1"]) }));

    /// <summary>The app's way to a provider, as the dispatch uses it.</summary>
    public ProviderGate GateOf(ProviderKind provider) => Services.GetRequiredService<ProviderGates>().Find(App, provider)!;

    public ProviderHealth HealthOf(ProviderKind provider) => Dispatcher.GetHealth(App.Key).Single(health => health.Provider == provider);

    /// <summary>Waits, while the clock of the gateway stands still, for what has been recorded.</summary>
    public Task WhenRecordedAsync(EventRecord record, Func<OutcomeCounts, bool> condition) =>
        Eventually.IsAsync(async () => condition((await FindAsync(record)).Account.Counts), () => "What is recorded stays otherwise.");

    /// <summary>Stops the gateway and starts a new one on the same file.</summary>
    /// <param name="graceful">With <see langword="false"/> pages under way are abandoned, as by a crash.</param>
    public async Task RestartAsync(bool graceful = true)
    {
        await StopHostAsync(graceful);
        await StartHostAsync();
        App = Apps.Find("app")!;
    }

    public async ValueTask DisposeAsync()
    {
        await StopHostAsync(graceful: true);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartHostAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Configuration["PushGateway:Storage:ConnectionString"] = $"Data Source={Path.Combine(_folder, "store.db")}";
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<TimeProvider>(new PooledTimers(_timeProvider));
        builder.Services.AddSingleton<ISecretProtector, PlainProtector>();
        builder.Services.AddStorage();
        var store = builder.Services.Last(service => service.ServiceType == typeof(IFanOutStore)).ImplementationType!;
        builder.Services.AddSingleton(services => new CountingFanOutStore((IFanOutStore)ActivatorUtilities.CreateInstance(services, store)));
        builder.Services.Replace(ServiceDescriptor.Singleton<IFanOutStore>(services => services.GetRequiredService<CountingFanOutStore>()));
        builder.Services.AddDispatch();
        builder.Services.AddSingleton(new Random(1));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IPushProvider>(Apns));
        builder.Services.AddSingleton<IPushProvider>(Fcm);
        _host = builder.Build();
        await _host.StartAsync(Cancelled);
    }

    private async Task StopHostAsync(bool graceful)
    {
        if (_host is null)
        {
            return;
        }

        using var stop = new CancellationTokenSource();
        if (!graceful)
        {
            await stop.CancelAsync();
        }

        try
        {
            await _host.StopAsync(stop.Token);
        }
        catch (OperationCanceledException) when (!graceful)
        {
            // As intended: nothing was awaited.
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
        _host = null;
    }

    private sealed class PlainProtector : ISecretProtector
    {
        public byte[] Protect(byte[] plaintext) => plaintext;

        public byte[] Unprotect(byte[] ciphertext) => ciphertext;
    }
}
