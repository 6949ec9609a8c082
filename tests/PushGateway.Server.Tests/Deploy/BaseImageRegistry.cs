using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>A registry with one base image that has next to nothing in it: as much of the OCI distribution specification as pulling takes.</summary>
internal sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string Repository = "dotnet/aspnet";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private static readonly string[] s_environment = ["PATH=/usr/bin", "APP_UID=1654"];

    private readonly WebApplication _server;

    private BaseImageRegistry(WebApplication server, byte[] layer) => (_server, Layer) = (server, layer);

    /// <summary>Its one layer, as it goes over the wire.</summary>
    public byte[] Layer { get; }

    public string Name => new Uri(_server.Urls.Single()).Authority;

    public string Image => $"{Name}/{Repository}:10.0";

    public static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    public static async Task<BaseImageRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = builder.Build();

        var (layer, diffId) = await LayerAsync();
        var config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = s_environment },
            rootfs = new { type = "layers", diff_ids = new[] { diffId } },
            history = new[] { new { created_by = "tests" } },
        });
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = Descriptor("application/vnd.oci.image.config.v1+json", config),
            layers = new[] { Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer) },
        });
        var blobs = new[] { layer, config }.ToDictionary(Digest);

        server.MapMethods("/v2/", ["GET", "HEAD"], () => Results.Ok());
        server.MapMethods($"/v2/{Repository}/manifests/{{reference}}", ["GET", "HEAD"], (string reference, HttpResponse response) =>
        {
            response.Headers["Docker-Content-Digest"] = Digest(manifest);
            return reference == "10.0" || reference == Digest(manifest) ? Results.Bytes(manifest, ManifestType) : Results.NotFound();
        });
        server.MapMethods($"/v2/{Repository}/blobs/{{digest}}", ["GET", "HEAD"], (string digest) =>
            blobs.TryGetValue(digest, out var blob) ? Results.Bytes(blob, "application/octet-stream") : Results.NotFound());
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new(server, layer);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static object Descriptor(string mediaType, byte[] content) => new { mediaType, size = content.Length, digest = Digest(content) };

    private static async Task<(byte[] Layer, string DiffId)> LayerAsync()
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "etc/"), TestContext.Current.CancellationToken);
        }

        using var layer = new MemoryStream();
        await using (var gzip = new GZipStream(layer, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(tar.ToArray(), TestContext.Current.CancellationToken);
        }

        return (layer.ToArray(), Digest(tar.ToArray()));
    }
}
