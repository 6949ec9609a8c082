using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Tests.Support;

/// <summary>A store over a real database of its own, which is removed with it.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly StoreService _service;
    private readonly TestDatabase _database;
    private bool _keep;
    private bool _stopped;

    private TestStore(
        TestDatabase database, string connectionString, FakeTimeProvider time, Action<Dictionary<string, string?>>? configure, bool systemTime)
    {
        (_database, ConnectionString, Time) = (database, connectionString, time);
        var settings = new Dictionary<string, string?>
        {
            ["PushGateway:Storage:Provider"] = database.Provider,
            ["PushGateway:Storage:ConnectionString"] = connectionString,
        };
        configure?.Invoke(settings);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddSingleton(systemTime ? TimeProvider.System : time);
        services.AddSingleton<ISecretProtector, ReversingProtector>();
        services.AddStorage().AddStorage();
        _services = services.BuildServiceProvider();
        _service = _services.GetServices<IHostedService>().OfType<StoreService>().Single();
    }

    public FakeTimeProvider Time { get; }

    public string ConnectionString { get; }

    /// <summary>Of a store in a file.</summary>
    public string File => ConnectionString["Data Source=".Length..];

    public IAppStore Apps => Get<IAppStore>();

    public IApiKeyStore Keys => Get<IApiKeyStore>();

    public IDeviceStore Devices => Get<IDeviceStore>();

    public IAudienceStore Audiences => Get<IAudienceStore>();

    public IEventStore Events => Get<IEventStore>();

    public IFanOutStore FanOuts => Get<IFanOutStore>();

    public StoreWriter Writer => Get<StoreWriter>();

    public ReadPool Reads => Get<ReadPool>();

    public static async Task<TestStore> OpenAsync(
        TestDatabase database, Action<Dictionary<string, string?>>? configure = null, Func<string, Task>? prepare = null, bool systemTime = false)
    {
        var connectionString = await database.CreateAsync(isBlank: prepare is not null);
        var store = new TestStore(
            database, connectionString, new FakeTimeProvider(DateTimeOffset.Parse("2026-01-02T03:04:05.678Z")), configure, systemTime);
        if (prepare is not null)
        {
            await prepare(connectionString);
        }

        await store.StartAsync();
        return store;
    }

    /// <summary>Closes the store and opens its database again, as after a restart.</summary>
    public async Task<TestStore> ReopenAsync()
    {
        _keep = true;
        await DisposeAsync();
        var store = new TestStore(_database, ConnectionString, Time, null, systemTime: false);
        await store.StartAsync();
        return store;
    }

    /// <summary>Another gateway on the same database, at the same time.</summary>
    public async Task<TestStore> OpenBesideAsync(string? connectionString = null, Action<Dictionary<string, string?>>? configure = null, bool systemTime = false)
    {
        var store = new TestStore(_database, connectionString ?? ConnectionString, Time, configure, systemTime)
        {
            _keep = true,
        };
        try
        {
            await store.StartAsync();
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the bytes are anywhere in what it has on disk; stops it first.</summary>
    public async Task<bool> ContainsOnDiskAsync(string text)
    {
        await StopAsync();
        return await _database.ContainsAsync(ConnectionString, Encoding.UTF8.GetBytes(text));
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task StartAsync() => _service.StartingAsync(TestContext.Current.CancellationToken);

    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _service.StoppedAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        if (!_keep)
        {
            await _database.DeleteAsync(ConnectionString);
        }
    }

    /// <summary>Not secret, but not the plaintext either, and it notices bytes that it did not make.</summary>
    private sealed class ReversingProtector : ISecretProtector
    {
        private static readonly byte[] s_mark = Encoding.ASCII.GetBytes("protected:");

        public byte[] Protect(byte[] plaintext) => [.. s_mark, .. plaintext.Reverse()];

        public byte[] Unprotect(byte[] ciphertext) => ciphertext.AsSpan().StartsWith(s_mark)
            ? [.. ciphertext[s_mark.Length..].Reverse()]
            : throw new System.Security.Cryptography.CryptographicException("Not protected here.");
    }
}
