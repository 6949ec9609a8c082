using PushGateway.Core.Providers;

namespace PushGateway.Core.Devices;

/// <summary>The rule for device tokens: opaque to us, but of a form each provider is known to issue.</summary>
public static class DeviceToken
{
    /// <summary>APNs tokens are 32 bytes today; Apple said to expect up to 100 (WWDC 2015, session 720).</summary>
    public const int MaxApnsHexLength = 200;

    public const int MinApnsHexLength = 16;

    /// <summary>Google documents no maximum for a registration token.</summary>
    public const int MaxFcmLength = 4096;

    public const int MinFcmLength = 8;

    /// <summary>Brings a token to the one spelling that is stored and compared: APNs hex in lower case, FCM as it is.</summary>
    /// <param name="problem">The rule that was broken; <see langword="null"/> on success. Never repeats the token.</param>
    public static bool TryNormalize(ProviderKind provider, string? text, out string token, out string? problem)
    {
        token = string.Empty;
        problem = provider == ProviderKind.Apns ? CheckApns(text) : CheckFcm(text);
        if (problem is not null)
        {
            return false;
        }

        token = provider == ProviderKind.Apns ? text!.ToLowerInvariant() : text!;
        return true;
    }

    /// <summary>What logs and pages may show of a token: its first eight characters.</summary>
    public static string Mask(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Length <= 8 ? "…" : string.Concat(token.AsSpan(0, 8), "…");
    }

    private static string? CheckApns(string? text)
    {
        if (text is null || text.Length is < MinApnsHexLength or > MaxApnsHexLength || text.Length % 2 != 0)
        {
            return $"An APNs device token is an even number of hexadecimal digits, {MinApnsHexLength} to {MaxApnsHexLength} of them.";
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return "An APNs device token has hexadecimal digits only.";
            }
        }

        return null;
    }

    private static string? CheckFcm(string? text)
    {
        if (text is null || text.Length is < MinFcmLength or > MaxFcmLength)
        {
            return $"An FCM registration token has {MinFcmLength} to {MaxFcmLength} characters.";
        }

        foreach (var character in text)
        {
            // The set Google has been seen to use, with room; none of these needs escaping inside a JSON string.
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or ':' or '.' or '~' or '%' or '=' or '+' or '/'))
            {
                return "An FCM registration token has letters, digits and - _ : . ~ % = + / only.";
            }
        }

        return null;
    }
}
