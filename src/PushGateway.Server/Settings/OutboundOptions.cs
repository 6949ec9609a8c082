using System.Net;
using Microsoft.Extensions.Options;
using PushGateway.Core.Outbound;

namespace PushGateway.Server.Settings;

/// <summary>Where the addresses may lead that callers of the API give (a provider's <c>endpoint</c>, <c>token_uri</c>), beside the public internet.</summary>
public sealed class OutboundOptions
{
    /// <summary>Whether they may lead back to this machine. Default <see cref="LoopbackRule.WhenLocal"/>.</summary>
    public LoopbackRule Loopback { get; set; } = LoopbackRule.WhenLocal;

    /// <summary>Networks they may lead into, such as <c>10.20.0.0/16</c> or <c>fd00:1::/32</c>; 0 to 100. Default none.</summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>Host names that may have any address, exactly as in the URL; 0 to 100. Default none.</summary>
    public string[] AllowedHosts { get; set; } = [];
}

/// <summary>Whether connections may lead to loopback.</summary>
public enum LoopbackRule
{
    /// <summary>
    /// While the gateway itself can be reached from this machine only: every address it listens on is loopback, and no proxy is named in
    /// <see cref="ApiOptions.TrustedProxies"/>. Its callers reach this machine's services anyway.
    /// </summary>
    WhenLocal = 0,

    Never,

    Always,
}

/// <summary>Names the key to set.</summary>
internal sealed class OutboundOptionsValidator : IValidateOptions<OutboundOptions>
{
    private const int MaxEntries = 100;
    private const int MaxHostLength = 253;

    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        var problems = new List<string>();
        if (!Enum.IsDefined(options.Loopback))
        {
            problems.Add($"{OutboundPolicy.SectionName}:{nameof(options.Loopback)} must be one of {string.Join(", ", Enum.GetNames<LoopbackRule>())}.");
        }

        CheckCount(options.AllowedNetworks, nameof(options.AllowedNetworks));
        CheckCount(options.AllowedHosts, nameof(options.AllowedHosts));
        foreach (var network in options.AllowedNetworks.Where(text => !IPNetwork.TryParse(text, out _)))
        {
            problems.Add($"{OutboundPolicy.SectionName}:{nameof(options.AllowedNetworks)} has '{network}', which is no network such as 10.20.0.0/16.");
        }

        foreach (var host in options.AllowedHosts.Where(text => text.Length is 0 or > MaxHostLength || Uri.CheckHostName(text) == UriHostNameType.Unknown))
        {
            problems.Add($"{OutboundPolicy.SectionName}:{nameof(options.AllowedHosts)} has '{host}', which is no host name.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void CheckCount(string[] entries, string key)
        {
            if (entries.Length > MaxEntries)
            {
                problems.Add($"{OutboundPolicy.SectionName}:{key} has {entries.Length} entries; at most {MaxEntries} are allowed.");
            }
        }
    }
}
