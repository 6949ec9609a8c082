using Microsoft.Extensions.Options;

namespace PushGateway.Admin;

/// <summary>Collects every broken rule and names the key to set; never repeats a secret.</summary>
internal sealed class AdminOptionsValidator : IValidateOptions<AdminOptions>
{
    private const int MaxDisplayName = 60;

    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        var problems = new List<string>();
        Check(options.FirstSignInLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), nameof(options.FirstSignInLifetime));
        Check(options.SessionLifetime, TimeSpan.FromMinutes(5), TimeSpan.FromDays(30), nameof(options.SessionLifetime));
        Check(options.LockOutAfter, 3, 100, nameof(options.LockOutAfter));
        Check(options.LockOutTime, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), nameof(options.LockOutTime));
        Check(options.SignInsPerMinute, 1, 10_000, nameof(options.SignInsPerMinute));
        CheckOpenId(options.OpenIdConnect, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check<T>(T value, T lowest, T highest, string key)
            where T : IComparable<T>
        {
            if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            {
                problems.Add($"{AdminOptions.SectionName}:{key} is {value}; it must be from {lowest} to {highest}.");
            }
        }
    }

    private static void CheckOpenId(AdminOpenIdOptions openId, List<string> problems)
    {
        const string Section = $"{AdminOptions.SectionName}:{nameof(AdminOptions.OpenIdConnect)}";
        if (openId.Authority is null)
        {
            if (openId.ClientId is not null || openId.ClientSecret is not null)
            {
                problems.Add($"{Section}:{nameof(openId.Authority)} must be given with {nameof(openId.ClientId)} and {nameof(openId.ClientSecret)}.");
            }

            return;
        }

        if (!Uri.TryCreate(openId.Authority, UriKind.Absolute, out var authority) || authority.Scheme != Uri.UriSchemeHttps)
        {
            problems.Add($"{Section}:{nameof(openId.Authority)} must be an https address; it is '{openId.Authority}'.");
        }

        if (string.IsNullOrWhiteSpace(openId.ClientId))
        {
            problems.Add($"{Section}:{nameof(openId.ClientId)} must be given with {nameof(openId.Authority)}.");
        }

        if (openId.DisplayName.Length is 0 or > MaxDisplayName)
        {
            problems.Add($"{Section}:{nameof(openId.DisplayName)} must have 1 to {MaxDisplayName} characters.");
        }

        string[] values = [openId.AdminValue, openId.OperatorValue, openId.ViewerValue];
        if (openId.RoleClaim.Length == 0 || values.Any(string.IsNullOrEmpty) || values.Distinct(StringComparer.Ordinal).Count() != values.Length)
        {
            problems.Add(
                $"{Section}:{nameof(openId.RoleClaim)}, {nameof(openId.AdminValue)}, {nameof(openId.OperatorValue)} and {nameof(openId.ViewerValue)} must be given, and the values differ.");
        }
    }
}
