using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage;

namespace PushGateway.Benchmarks.Audiences;

/// <summary>The store of a gateway that has been stopped, opened in this process to read audiences as a gateway does.</summary>
internal sealed class StoreReader : IAsyncDisposable
{
    private const int PageDevices = 1_000;

    private readonly ServiceProvider _services;
    private readonly IHostedLifecycleService[] _hosted;

    private StoreReader(ServiceProvider services) =>
        (_services, _hosted) = (services, [.. services.GetServices<IHostedService>().OfType<IHostedLifecycleService>()]);

    public static async Task<StoreReader> OpenAsync(StorePlace place, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("PushGateway:Storage:Provider", place.Provider), new("PushGateway:Storage:ConnectionString", place.ConnectionString),
        ]).Build());
        services.AddSingleton<ISecretProtector, NoSecrets>();
        services.AddStorage();
        var reader = new StoreReader(services.BuildServiceProvider());
        foreach (var service in reader._hosted)
        {
            await service.StartingAsync(cancellationToken);
        }

        return reader;
    }

    /// <summary>Reads everybody of a channel, shard by shard and page by page.</summary>
    public async Task<StreamRound> StreamAsync(string appId, string channel, CancellationToken cancellationToken)
    {
        var app = _services.GetRequiredService<IAppStore>().Find(appId) ?? throw new BenchmarkException($"The store has no app {appId}.");
        var audiences = _services.GetRequiredService<IAudienceStore>();
        var query = AudienceQuery.Of(app, new Core.Events.Audience(AudienceKind.Channels, [channel]), AudienceFilter.None);
        var page = new AudiencePage(PageDevices);
        var (devices, pages) = (0L, 0L);
        var allocated = GC.GetTotalAllocatedBytes();
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var shard = 0; shard < Core.Shard.Count; shard++)
        {
            var after = default(AudienceCursor);
            do
            {
                await audiences.ReadPageAsync(query, shard, ProviderSet.All, after, page, cancellationToken);
                devices += page.Count;
                pages++;
                after = page.End;
            }
            while (!page.IsLast);
        }

        return new StreamRound(
            devices, Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            (double)(GC.GetTotalAllocatedBytes() - allocated) / pages);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _hosted)
        {
            await service.StoppedAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
    }

    // Who may read credentials does not matter to reading devices.
    private sealed class NoSecrets : ISecretProtector
    {
        public byte[] Protect(byte[] plaintext) => throw new NotSupportedException();

        public byte[] Unprotect(byte[] ciphertext) => throw new CryptographicException("The benchmark does not read credentials.");
    }
}

/// <summary>Where a store is.</summary>
/// <param name="Provider">As the setting <c>Storage:Provider</c> has it.</param>
internal sealed record StorePlace(string Provider, string ConnectionString)
{
    public bool IsPostgreSql => Provider == StorageOptions.PostgreSql;

    /// <summary>As settings of a gateway.</summary>
    public IReadOnlyList<string> Settings => [$"PushGateway:Storage:Provider={Provider}", $"PushGateway:Storage:ConnectionString={ConnectionString}"];
}

/// <param name="CpuSeconds">Of this process: of a database in another process it leaves out what that one uses.</param>
/// <param name="AllocatedBytesPerPage">On the managed heap.</param>
internal sealed record StreamRound(long Devices, double Seconds, double CpuSeconds, double AllocatedBytesPerPage);
