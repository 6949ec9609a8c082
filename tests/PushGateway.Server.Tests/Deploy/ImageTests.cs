using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>The image that the SDK makes where there is no engine: made for real, over a base image from a registry of the tests' own.</summary>
public sealed class ImageTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-image-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Layout => Path.Combine(_folder.FullName, "layout");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Archive_OfTheSdk_SaysWhatTheDockerfileSaysAndItsGatewayServes()
    {
        await using var registry = await BaseImageRegistry.StartAsync();
        await PublishAsync(registry);

        // One image, every part of which is what its name says.
        var index = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Layout, "index.json"), Cancelled));
        Assert.Equal("1.0.0", JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Layout, "oci-layout"), Cancelled)).GetProperty("imageLayoutVersion").GetString());
        var manifest = JsonElement.Parse(await ReadAsync(Assert.Single(index.GetProperty("manifests").EnumerateArray())));
        var image = JsonElement.Parse(await ReadAsync(manifest.GetProperty("config")));
        var layers = manifest.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal("application/vnd.oci.image.manifest.v1+json", manifest.GetProperty("mediaType").GetString());
        Assert.Equal(registry.Layer, await ReadAsync(layers[0]));
        var application = await ReadAsync(layers[^1]);
        Assert.Equal(2, layers.Count);

        var config = image.GetProperty("config");
        var entrypoint = Texts(config, "Entrypoint");
        var arguments = Texts(config, "Cmd");
        Assert.Contains($"\nENTRYPOINT {JsonSerializer.Serialize(entrypoint)}\nCMD {JsonSerializer.Serialize(arguments)}\n", DeployFiles.Read("docker/Dockerfile"), StringComparison.Ordinal);
        Assert.Equal("1654", config.GetProperty("User").GetString());
        Assert.Equal(["8080/tcp"], config.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name));
        Assert.Equal(("linux", "amd64"), (image.GetProperty("os").GetString(), image.GetProperty("architecture").GetString()));

        // What an engine would start: the same program and arguments with the same environment, but for where it listens and keeps its data.
        var root = Path.Combine(_folder.FullName, "root");
        await ExtractAsync(new GZipStream(new MemoryStream(application), CompressionMode.Decompress), root);
        await using var gateway = new GatewayProcess(Variables(config)) { Command = [root + entrypoint[0], .. entrypoint.Skip(1), .. arguments] };
        await gateway.StartAgainAsync();
        Assert.Empty((await gateway.Client.ListAppsAsync(null, Cancelled)).Items);
        await gateway.StopAsync();
    }

    private static List<string> Texts(JsonElement config, string name) => [.. config.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static IEnumerable<(string Setting, string Value)> Variables(JsonElement config)
    {
        var variables = Texts(config, "Env").Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        Assert.Equal("/data/keys", variables["PushGateway__DataProtection__KeysDirectory"]);
        variables["PushGateway__DataProtection__KeysDirectory"] = "keys";
        variables["PushGateway__Storage__ConnectionString"] = variables["PushGateway__Storage__ConnectionString"].Replace("/data/", string.Empty, StringComparison.Ordinal);
        variables.Remove("ASPNETCORE_URLS");
        // Those of the base image, where the runtime is elsewhere.
        variables.Remove("PATH");
        // The runtime that runs these tests is in shared/Microsoft.NETCore.App/10.0.0/ of it.
        variables["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return variables.Select(variable => (variable.Key, variable.Value));
    }

    private async Task PublishAsync(BaseImageRegistry registry)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var archive = Path.Combine(_folder.FullName, "pushgateway.tar");
        var start = new ProcessStartInfo("dotnet",
        [
            "publish", "src/PushGateway.Server", "-c", configuration, "--no-build", "-t:PublishContainer", "-nologo", "-v:quiet", "-p:ContainerRuntimeIdentifier=linux-x64", $"-p:ContainerBaseImage={registry.Image}",
            "-p:ContainerImageFormat=OCI", $"-p:ContainerArchiveOutputPath={archive}", $"-p:PublishDir={Path.Combine(_folder.FullName, "publish")}/",
        ])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Name;
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["TMPDIR"] = _folder.FullName;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(5), Cancelled);
        Assert.True(process.ExitCode == 0, await output + await error);
        await using var file = File.OpenRead(archive);
        await ExtractAsync(file, Layout);
    }

    private static async Task ExtractAsync(Stream archive, string folder)
    {
        await using (archive)
        {
            Directory.CreateDirectory(folder);
            await using var tar = new TarReader(archive);
            while (await tar.GetNextEntryAsync(cancellationToken: Cancelled) is { } entry)
            {
                // As whoever runs the tests: giving files to others takes rights.
                var path = Path.Combine(folder, entry.Name);
                if (entry.EntryType == TarEntryType.Directory)
                {
                    Directory.CreateDirectory(path);
                }
                else
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    await entry.ExtractToFileAsync(path, overwrite: false, Cancelled);
                }
            }
        }
    }

    /// <summary>What a descriptor points at.</summary>
    private async Task<byte[]> ReadAsync(JsonElement descriptor)
    {
        var digest = descriptor.GetProperty("digest").GetString()!;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Layout, "blobs", digest.Replace(':', '/')), Cancelled);
        Assert.Equal((digest, descriptor.GetProperty("size").GetInt64()), (BaseImageRegistry.Digest(bytes), bytes.LongLength));
        return bytes;
    }
}
