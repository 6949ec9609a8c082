using Microsoft.Extensions.Options;

namespace PushGateway.Server.Settings;

/// <summary>Where the keys that encrypt provider secrets are kept.</summary>
public sealed class KeysDirectoryOptions
{
    public const string SectionName = "PushGateway:DataProtection";

    /// <summary>
    /// Default <c>data/keys</c>, beside the store; a relative path is taken from the working directory. Back it up with the
    /// store: without it the stored provider credentials cannot be read.
    /// </summary>
    public string KeysDirectory { get; set; } = "data/keys";
}

/// <summary>Names the key to set.</summary>
internal sealed class KeysDirectoryOptionsValidator : IValidateOptions<KeysDirectoryOptions>
{
    public ValidateOptionsResult Validate(string? name, KeysDirectoryOptions options) =>
        string.IsNullOrWhiteSpace(options.KeysDirectory) || options.KeysDirectory.Contains('\0', StringComparison.Ordinal)
            ? ValidateOptionsResult.Fail($"{KeysDirectoryOptions.SectionName}:{nameof(options.KeysDirectory)} must name a folder.")
            : ValidateOptionsResult.Success;
}
