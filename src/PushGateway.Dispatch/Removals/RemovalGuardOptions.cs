using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch.Removals;

/// <summary>
/// When removals are held because too many devices are called dead. Section <c>PushGateway:Removals</c>. All conditions have to be
/// met, per app and provider.
/// </summary>
public sealed class RemovalGuardOptions
{
    public const string SectionName = "PushGateway:Removals";

    /// <summary>Devices looked at: those that the provider has judged last. Default 1,000.</summary>
    [Range(10, 1_000_000)]
    public int Window { get; set; } = 1_000;

    /// <summary>Called dead among them at least, however few they are. No more than <see cref="Window"/>. Default 100.</summary>
    [Range(1, 1_000_000)]
    public int MinRemovals { get; set; } = 100;

    /// <summary>Called dead among them at least, as a share, 0.001 to 1. Default 0.2.</summary>
    [Range(0.001, 1.0)]
    public double MinShare { get; set; } = 0.2;

    /// <summary>
    /// Times the app's usual share at least, once that is known from as many devices as the window has; it is learned anew after a
    /// start. Default 5.
    /// </summary>
    [Range(1.0, 1_000.0)]
    public double UsualFactor { get; set; } = 5;
}

/// <summary>Checks each range.</summary>
[OptionsValidator]
internal sealed partial class RemovalGuardOptionsRangeValidator : IValidateOptions<RemovalGuardOptions>;

/// <summary>Checks the options against each other.</summary>
internal sealed class RemovalGuardOptionsValidator : IValidateOptions<RemovalGuardOptions>
{
    public ValidateOptionsResult Validate(string? name, RemovalGuardOptions options) =>
        options.MinRemovals > options.Window
            ? ValidateOptionsResult.Fail(
                $"{RemovalGuardOptions.SectionName}:{nameof(RemovalGuardOptions.MinRemovals)} is {options.MinRemovals}, more than " +
                $"{nameof(RemovalGuardOptions.Window)}, {options.Window}: removals could never be held.")
            : ValidateOptionsResult.Success;
}
