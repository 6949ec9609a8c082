using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace PushGateway.Server.Tests.Client;

/// <summary>The client as the package that others would get.</summary>
public sealed class PackageTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pack_OfTheClient_HasItsAssemblyWithDocumentsAndDependsOnNothing()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-package-");
        try
        {
            await PackAsync(folder.FullName);

            var packages = folder.GetFiles().Select(file => file.Name).Order().ToList();
            Assert.Equal([".nupkg", ".snupkg"], packages.Select(Path.GetExtension));
            await using var package = await ZipFile.OpenReadAsync(Path.Combine(folder.FullName, packages[0]), Cancelled);
            var files = package.Entries.Select(entry => entry.FullName).ToHashSet();
            Assert.Superset(new HashSet<string> { "lib/net10.0/PushGateway.Client.dll", "lib/net10.0/PushGateway.Client.xml", "README.md", "LICENSE" }, files);
            await using var text = await package.GetEntry("PushGateway.Client.nuspec")!.OpenAsync(Cancelled);
            var about = (await XDocument.LoadAsync(text, LoadOptions.None, Cancelled)).Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName);
            Assert.Equal(("PushGateway.Client", "README.md", "LICENSE"), (about["id"].Value, about["readme"].Value, about["license"].Value));
            Assert.Equal(packages[0], $"PushGateway.Client.{about["version"].Value}.nupkg");
            Assert.DoesNotContain(about["dependencies"].Descendants(), element => element.Name.LocalName == "dependency");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task PackAsync(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet", ["pack", "src/PushGateway.Client", "-c", configuration, "--no-build", "-nologo", "-v:quiet", "-o", folder])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        await process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(5), Cancelled);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
