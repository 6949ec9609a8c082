namespace PushGateway.Server.Security;

/// <summary>The folder of the keys that encrypt provider secrets: for this account only, where the system knows such a thing.</summary>
internal static class KeysFolder
{
    public static DirectoryInfo Ensure(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(path);
        }

        return Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
