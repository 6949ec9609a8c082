namespace PushGateway.Server.Tests.EndToEnd;

public sealed class SettingsWatchTests
{
    /// <summary>The store lies in the folder that the settings are read from: who has the system tell of changes there hears of each of its writes.</summary>
    [Fact]
    public async Task Serve_OnLinux_WatchesNoFolder()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("What a process watches is read from Linux's /proc.");
        }

        await using var gateway = await GatewayProcess.StartAsync();

        var watches = Directory.GetFiles($"/proc/{gateway.ProcessId}/fdinfo").SelectMany(ReadLines).Count(static line => line.StartsWith("inotify", StringComparison.Ordinal));

        Assert.Equal(0, watches);
    }

    /// <summary>Nothing, when it has been closed meanwhile.</summary>
    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
