namespace PushGateway.Simulator.Fcm;

/// <summary>What a valid send request asks for.</summary>
/// <param name="DeviceToken">The device; null when the target is a topic or a condition.</param>
/// <param name="Audience">The topic or condition otherwise.</param>
/// <param name="ValidateOnly">A dry run.</param>
internal readonly record struct FcmRequest(string? DeviceToken, string? Audience, bool ValidateOnly)
{
    /// <summary>Whom it is for, in the terms fault rules and counters use.</summary>
    public string Target => DeviceToken ?? Audience ?? string.Empty;
}
