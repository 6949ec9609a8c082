using PushGateway.Server.Settings;

namespace PushGateway.Server.Security;

/// <summary>The folder of the keys that encrypt provider secrets: for this account only, where the system knows such a thing.</summary>
internal static class KeysFolder
{
    /// <exception cref="InvalidSettingException">It cannot be created.</exception>
    public static DirectoryInfo Ensure(string path)
    {
        try
        {
            return Create(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingException(
                $"{KeysDirectoryOptions.SectionName}:{nameof(KeysDirectoryOptions.KeysDirectory)}", $"the folder {path} cannot be made. {problem.Message}", problem);
        }
    }

    private static DirectoryInfo Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(path);
        }

        return Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
