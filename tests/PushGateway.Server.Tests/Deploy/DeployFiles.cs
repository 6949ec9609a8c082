using YamlDotNet.RepresentationModel;

namespace PushGateway.Server.Tests.Deploy;

/// <summary>The files that the service is run with, as they lie in the repository.</summary>
internal static class DeployFiles
{
    public static string Folder => Path.Combine(Repository.Root, "deploy");

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>A file of one document.</summary>
    public static YamlMappingNode Yaml(string name)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Read(name));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    public static YamlNode At(this YamlNode node, params string[] path) => path.Aggregate(node, (from, name) => from[name]);

    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value!;

    /// <summary>Names and values of lines <c>NAME=value</c>.</summary>
    public static Dictionary<string, string> Variables(string name) =>
        Read(name).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
}
