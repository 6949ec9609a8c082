using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Configuration;
using PushGateway.Server.Settings;
using YamlDotNet.RepresentationModel;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>What the service ships with.</summary>
public sealed partial class DeploymentTests
{
    private const string Project = "../src/PushGateway.Server/PushGateway.Server.csproj";

    /// <summary>Read by the runtime or by ASP.NET Core, and the first key.</summary>
    private static readonly string[] s_otherVariables = ["ASPNETCORE_URLS", "PUSHGATEWAY_ADMIN_KEY", "DOTNET_DbgEnableMiniDump", "DOTNET_EnableDiagnostics"];

    public static TheoryData<string> Units => [.. Directory.GetFiles(Path.Combine(DeployFiles.Folder, "systemd")).Select(file => Path.GetFileName(file)!)];

    [Theory]
    [InlineData("systemd/pushgateway.service", "LimitCORE=0")]
    [InlineData("systemd/pushgateway.service", "DOTNET_DbgEnableMiniDump=0")]
    [InlineData("docker/Dockerfile", "DOTNET_DbgEnableMiniDump=0")]
    [InlineData(Project, "\"DOTNET_DbgEnableMiniDump\" Value=\"0\"")]
    [InlineData("compose.yaml", "core: 0")]
    public void Deployment_OfTheService_LeavesNoDumps(string file, string setting) =>
        Assert.Contains(setting, DeployFiles.Read(file), StringComparison.Ordinal);

    /// <summary>The gateway refuses to start with a setting that it does not know.</summary>
    [Theory]
    [InlineData("systemd/pushgateway.service", 4)]
    [InlineData("systemd/pushgateway-backup.service", 3)]
    [InlineData("systemd/pushgateway-restore@.service", 3)]
    [InlineData("docker/Dockerfile", 5)]
    [InlineData(Project, 5)]
    [InlineData("compose.yaml", 4)]
    [InlineData("kubernetes/settings.env", 3)]
    [InlineData("kubernetes/secrets.env.example", 2)]
    public void Setting_OfAnyDeployment_IsOneThatTheGatewayHas(string file, int count)
    {
        var variables = VariablesOf(file);

        Assert.Equal(count, variables.Count);
        KnownSettings.Check(new ConfigurationBuilder().AddInMemoryCollection(
            variables.ToDictionary(variable => variable.Key.Replace("__", ":", StringComparison.Ordinal), variable => (string?)variable.Value)).Build());
        Assert.All(variables.Keys.Where(name => !name.StartsWith("PushGateway__", StringComparison.Ordinal)), name => Assert.Contains(name, s_otherVariables));
    }

    [Fact]
    public void Image_OfTheSdk_IsTheOneOfTheDockerfile()
    {
        var dockerfile = DeployFiles.Read("docker/Dockerfile");
        var project = XDocument.Parse(DeployFiles.Read(Project));

        Assert.Equal(VariablesOf("docker/Dockerfile"), VariablesOf(Project));
        Assert.Contains($"\nUSER {project.Descendants("ContainerUser").Single().Value}\n", dockerfile, StringComparison.Ordinal);
        Assert.Contains($"\nEXPOSE {project.Descendants("ContainerPort").Single().Attribute("Include")!.Value}\n", dockerfile, StringComparison.Ordinal);
        Assert.Contains($"ENTRYPOINT [\"{project.Descendants("ContainerAppCommand").Single().Attribute("Include")!.Value}\"]", dockerfile, StringComparison.Ordinal);
        Assert.Contains("CMD [\"/app/pushgateway\", \"health\"]", dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_Services_AreHardenedAndWaitForOneAnother()
    {
        var compose = DeployFiles.Yaml("compose.yaml");
        var hardened = compose.At("x-hardened");
        var gateway = compose.At("services", "gateway");
        var simulator = compose.At("services", "simulator");

        Assert.Equal("true", hardened.At("read_only").Text());
        Assert.Equal("ALL", hardened.At("cap_drop")[0].Text());
        Assert.Equal("no-new-privileges:true", hardened.At("security_opt")[0].Text());
        Assert.Same(hardened, gateway.At("<<"));
        Assert.Same(hardened, simulator.At("<<"));
        Assert.Equal("60s", gateway.At("stop_grace_period").Text());
        Assert.Equal("service_healthy", gateway.At("depends_on", "postgres", "condition").Text());
        Assert.StartsWith("127.0.0.1:", gateway.At("ports")[0].Text(), StringComparison.Ordinal);
        Assert.Equal(["CMD", "/app/pushgateway", "health", "--ready"], ((YamlSequenceNode)gateway.At("healthcheck", "test")).Select(word => word.Text()));
        Assert.Equal("simulator", Assert.Single((YamlSequenceNode)simulator.At("profiles")).Text());
        Assert.Equal("service:gateway", simulator.At("network_mode").Text());

        // Every volume that is mounted is declared, and the other way round.
        var mounted = ((YamlMappingNode)compose.At("services")).Children.Values
            .SelectMany(service => (YamlSequenceNode)service.At("volumes")).Select(volume => volume.Text().Split(':')[0]);
        Assert.Equal(((YamlMappingNode)compose.At("volumes")).Children.Keys.Select(name => name.Text()).Order(), mounted.Order());
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Unit_OfSystemd_IsUnderstood(string unit)
    {
        var (exitCode, said) = await AnalyzeAsync(unit, "verify", "--man=no");

        Assert.True(exitCode == 0 && said.Length == 0, said);
    }

    /// <summary>Of 10; systemd calls up to 2 safe, and 9.6 a service that is not confined at all.</summary>
    [Theory]
    [InlineData("pushgateway.service")]
    [InlineData("pushgateway-backup.service")]
    [InlineData("pushgateway-restore@.service")]
    public async Task Unit_OfTheService_ExposesLittle(string unit)
    {
        var (exitCode, said) = await AnalyzeAsync(unit, "security", "--offline=true", "--threshold=20", "--no-pager");

        Assert.True(exitCode == 0, said);
    }

    /// <summary>Who is woken by an alert follows its <c>runbook_url</c>.</summary>
    [Theory]
    [MemberData(nameof(Alerts))]
    public void Runbook_OfTheOperator_HasAHeadingForTheAlert(string alert, string runbook)
    {
        var heading = Headings().Matches(DeployFiles.Read("README.md")).SingleOrDefault(heading => $"deploy/README.md#{Anchor(heading.Groups["text"].Value)}" == runbook);

        Assert.True(heading is not null, $"{alert} leads to {runbook}, which is no heading.");
        Assert.Contains($"*{alert}*", DeployFiles.Read("README.md")[heading.Index..].Split("\n### ")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Runbook_OfTheOperator_HasNoHeadingThatNoAlertLeadsTo() => Assert.Equal(
        Alerts().Select(alert => alert.Data.Item2.Split('#')[^1]).Distinct().Order(),
        Headings().Matches(DeployFiles.Read("README.md")).Select(heading => Anchor(heading.Groups["text"].Value)).Where(anchor => anchor.StartsWith("runbook-", StringComparison.Ordinal)).Order());

    /// <summary>Every alert of the rules, with where it leads; nowhere is a failure.</summary>
    public static TheoryData<string, string> Alerts() =>
    [
        .. ((YamlSequenceNode)DeployFiles.Yaml("alerts/pushgateway.rules.yaml").At("groups")).SelectMany(group => (YamlSequenceNode)group.At("rules"))
            .Cast<YamlMappingNode>().Where(rule => rule.Children.ContainsKey("alert"))
            .Select(rule => (rule.At("alert").Text(), ((YamlMappingNode)rule.At("annotations")).Children.TryGetValue("runbook_url", out var url) ? url.Text() : string.Empty)),
    ];

    [Theory]
    [InlineData("README.md")]
    [InlineData("mobile.md")]
    [InlineData("../src/README.md")]
    [InlineData("../README.md")]
    public void Link_ToAFileOrHeading_LeadsSomewhere(string file)
    {
        var text = DeployFiles.Read(file);
        var anchors = Headings().Matches(text).Select(heading => Anchor(heading.Groups["text"].Value)).ToHashSet();
        var folder = Path.GetDirectoryName(Path.Combine(DeployFiles.Folder, file))!;

        foreach (var target in Links().Matches(text).Select(link => link.Groups["target"].Value).Where(target => !target.StartsWith("https:", StringComparison.Ordinal)))
        {
            var path = target.Split('#')[0];
            Assert.True(path.Length == 0 ? anchors.Contains(target[1..]) : Path.Exists(Path.Combine(folder, path)), target);
        }
    }

    /// <summary>As the web pages of repositories make it of a heading.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.Trim().ToLowerInvariant().Where(sign => char.IsLetterOrDigit(sign) || sign is ' ' or '-' or '_')).Replace(' ', '-');

    private static async Task<(int ExitCode, string Said)> AnalyzeAsync(string unit, string verb, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-units-");
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(DeployFiles.Folder, "systemd")))
            {
                // An instance has a name, and programs have to be there.
                var name = Path.GetFileName(file).Replace("@.", "@a.", StringComparison.Ordinal);
                var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(
                    Path.Combine(folder.FullName, name), text.Replace("/opt/pushgateway/pushgateway", "/bin/true", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            }

            var start = new ProcessStartInfo("systemd-analyze", [verb, .. options, Path.Combine(folder.FullName, unit.Replace("@.", "@a.", StringComparison.Ordinal))])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Start(start);
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            const string Missing = "systemd-analyze (Debian's systemd) is not installed.";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", Missing);
            Assert.Fail(Missing);
            throw;
        }
    }

    private static SortedDictionary<string, string> VariablesOf(string file)
    {
        IEnumerable<KeyValuePair<string, string>> variables = Path.GetExtension(file) switch
        {
            ".service" => UnitVariable().Matches(DeployFiles.Read(file)).Select(Pair),
            ".yaml" => ((YamlMappingNode)DeployFiles.Yaml(file).At("services", "gateway", "environment")).Children
                .Select(child => KeyValuePair.Create(child.Key.Text(), child.Value.Text())),
            ".csproj" => XDocument.Parse(DeployFiles.Read(file)).Descendants("ContainerEnvironmentVariable")
                .Select(item => KeyValuePair.Create(item.Attribute("Include")!.Value, item.Attribute("Value")!.Value)),
            ".env" or ".example" => DeployFiles.Variables(file),
            _ => DockerVariable().Matches(DeployFiles.Read(file)).Select(Pair),
        };
        return new(variables.ToDictionary(), StringComparer.Ordinal);

        static KeyValuePair<string, string> Pair(Match match) => KeyValuePair.Create(match.Groups["name"].Value, match.Groups["value"].Value);
    }

    [GeneratedRegex("""^Environment="?(?<name>\w+)=(?<value>[^"\n]*)"?$""", RegexOptions.Multiline)]
    private static partial Regex UnitVariable();

    [GeneratedRegex("""^(ENV |    )(?<name>\w+)="?(?<value>[^"\n\\]*?)"?( \\)?$""", RegexOptions.Multiline)]
    private static partial Regex DockerVariable();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Links();
}
