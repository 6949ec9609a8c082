using System.Globalization;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>The folder of a gateway's store: a temporary one, or one that is kept and, once filled, used again.</summary>
internal sealed class BenchmarkStore : IDisposable
{
    private readonly bool _isKept;

    private BenchmarkStore(string folder, bool isKept) => (Folder, _isKept) = (folder, isKept);

    public string Folder { get; }

    /// <summary>Where the gateway that uses the store logs to.</summary>
    public string GatewayLog => Path.Combine(Folder, "gateway.log");

    /// <summary>Size of the database without its log of writes.</summary>
    public long DatabaseBytes => new FileInfo(Path.Combine(Folder, "store.db")).Length;

    private string Marker => Path.Combine(Folder, "devices");

    /// <exception cref="BenchmarkException">The folder named to be kept holds something else.</exception>
    public static BenchmarkStore Open(GatewaySettings settings)
    {
        var devices = settings.Devices;
        if (settings.Keep is not { } folder)
        {
            return new BenchmarkStore(Directory.CreateTempSubdirectory("pushgateway-benchmark-").FullName, isKept: false);
        }

        var store = new BenchmarkStore(Directory.CreateDirectory(folder).FullName, isKept: true);
        var held = store.IsFilled ? int.Parse(File.ReadAllText(store.Marker), CultureInfo.InvariantCulture) : 0;
        return held == devices || (held == 0 && !Directory.EnumerateFileSystemEntries(store.Folder).Any())
            ? store
            : throw new BenchmarkException($"{store.Folder} holds {held} devices or something else; give --devices {held}, or another folder.");
    }

    public bool IsFilled => File.Exists(Marker);

    public void MarkFilled(int devices) => File.WriteAllText(Marker, devices.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        if (!_isKept)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
