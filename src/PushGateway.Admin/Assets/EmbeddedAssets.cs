using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PushGateway.Admin.Assets;

/// <summary>Styles, scripts and the icon, out of the assembly. Their addresses carry a hash, so that browsers keep them for good.</summary>
internal sealed class EmbeddedAssets
{
    private const string Prefix = "assets/";

    private static readonly Dictionary<string, string> s_types = new()
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    private readonly FrozenDictionary<string, Asset> _assets = Load();

    /// <summary>The address of an asset, such as <c>admin.css</c>.</summary>
    public string this[string name] => $"/admin/assets/{name}?v={_assets[name].Version}";

    public static void Map(WebApplication app) =>
        app.MapGet("/admin/assets/{name}", (string name, HttpContext context, EmbeddedAssets assets) => assets.Serve(name, context)).AllowAnonymous().ExcludeFromDescription();

    private IResult Serve(string name, HttpContext context)
    {
        if (!_assets.TryGetValue(name, out var asset))
        {
            return Results.NotFound();
        }

        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Version ? "public, max-age=31536000, immutable" : "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var takesBrotli = context.Request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value == "br" && encoding.Quality is null or > 0);
        if (takesBrotli)
        {
            context.Response.Headers.ContentEncoding = "br";
        }

        return Results.Bytes(takesBrotli ? asset.Brotli.Value : asset.Bytes, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Version}{(takesBrotli ? "-br" : string.Empty)}\""));
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(EmbeddedAssets).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(resource => resource[Prefix.Length..], resource =>
            {
                using var stream = assembly.GetManifestResourceStream(resource)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return new Asset(
                    bytes, new Lazy<byte[]>(() => Compress(bytes)), s_types[Path.GetExtension(resource)], Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6)));
            });
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var brotli = new BrotliStream(target, CompressionLevel.Optimal))
        {
            brotli.Write(bytes);
        }

        return target.ToArray();
    }

    private sealed record Asset(byte[] Bytes, Lazy<byte[]> Brotli, string Type, string Version);
}
