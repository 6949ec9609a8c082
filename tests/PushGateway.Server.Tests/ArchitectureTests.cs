using System.Reflection;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;

namespace PushGateway.Server.Tests;

/// <summary>Who may know whom. The lines are drawn in the project files, so a forgotten reference shows as soon as it is added.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] s_assemblies =
    [
        "PushGateway.Core", "PushGateway.Http2", "PushGateway.Providers.Apns", "PushGateway.Providers.Fcm", "PushGateway.Dispatch",
        "PushGateway.Storage", "PushGateway.Live", "PushGateway.RabbitMq", "PushGateway.Simulator", "PushGateway.Client", "PushGateway.Admin", "pushgateway",
    ];

    [Theory]
    [InlineData("PushGateway.Core", "")]
    [InlineData("PushGateway.Http2", "")]
    [InlineData("PushGateway.Simulator", "")]
    [InlineData("PushGateway.Client", "")]
    [InlineData("PushGateway.Admin", "PushGateway.Core")]
    [InlineData("PushGateway.Dispatch", "PushGateway.Core")]
    [InlineData("PushGateway.Storage", "PushGateway.Core")]
    [InlineData("PushGateway.Live", "PushGateway.Core")]
    [InlineData("PushGateway.RabbitMq", "PushGateway.Core")]
    [InlineData("PushGateway.Providers.Apns", "PushGateway.Core PushGateway.Http2")]
    [InlineData("PushGateway.Providers.Fcm", "PushGateway.Core PushGateway.Http2")]
    public void Project_ReferencesOfOurs_AreThoseAllowed(string project, string allowed)
    {
        var ours = Load(project).GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => name.StartsWith("PushGateway", StringComparison.OrdinalIgnoreCase));
        Assert.Subset(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), ours.ToHashSet());
    }

    [Theory]
    [InlineData("PushGateway.Core")]
    [InlineData("PushGateway.Http2")]
    [InlineData("PushGateway.Client")]
    [InlineData("PushGateway.Dispatch")]
    [InlineData("PushGateway.RabbitMq")]
    [InlineData("PushGateway.Providers.Apns")]
    [InlineData("PushGateway.Providers.Fcm")]
    public void Project_BehindTheEdges_KnowsNeitherTheWebNorTheDatabase(string project) =>
        Assert.DoesNotContain(
            Load(project).GetReferencedAssemblies(),
            reference => reference.Name!.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) ||
                reference.Name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal) ||
                reference.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void Storage_Project_KnowsNothingOfTheWeb() =>
        Assert.DoesNotContain(
            Load("PushGateway.Storage").GetReferencedAssemblies(), reference => reference.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void Projects_InTheSourceTree_ReferenceNoMoreThanTheirAssembliesMay()
    {
        var source = Path.Combine(FindRoot(), "src");
        var allowed = new Dictionary<string, string[]>
        {
            ["PushGateway.Core"] = [],
            ["PushGateway.Http2"] = [],
            ["PushGateway.Simulator"] = [],
            ["PushGateway.Client"] = [],
            ["PushGateway.Admin"] = ["PushGateway.Core"],
            ["PushGateway.Dispatch"] = ["PushGateway.Core"],
            ["PushGateway.Storage"] = ["PushGateway.Core"],
            ["PushGateway.Live"] = ["PushGateway.Core"],
            ["PushGateway.RabbitMq"] = ["PushGateway.Core"],
            ["PushGateway.Providers.Apns"] = ["PushGateway.Core", "PushGateway.Http2"],
            ["PushGateway.Providers.Fcm"] = ["PushGateway.Core", "PushGateway.Http2"],
        };
        foreach (var (project, references) in allowed)
        {
            var named = XDocument.Load(Path.Combine(source, project, $"{project}.csproj")).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToHashSet();
            Assert.Subset(references.ToHashSet(), named);
        }
    }

    [Fact]
    public void LogEvents_InAllAssemblies_HaveIdsOfTheirOwn()
    {
        var events = s_assemblies.Select(Load).SelectMany(LogEvents).ToArray();
        Assert.NotEmpty(events);
        Assert.DoesNotContain(events.GroupBy(entry => entry.Id), group => group.Count() > 1);
        Assert.All(events, entry => Assert.NotEqual(0, entry.Id));
    }

    [Fact]
    public void LogEvents_OfTheServer_AreInItsBlock() =>
        Assert.All(LogEvents(Load("pushgateway")), entry => Assert.InRange(entry.Id, 6000, 6999));

    private static IEnumerable<(int Id, string Method)> LogEvents(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (attribute.EventId, $"{type.Name}.{method.Name}");

    private static Assembly Load(string name) => Assembly.Load(new AssemblyName(name));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PushGateway.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The source tree is not above the tests.");
        }

        return folder.FullName;
    }
}
