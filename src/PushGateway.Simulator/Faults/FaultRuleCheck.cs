using PushGateway.Simulator.Apns;
using PushGateway.Simulator.Fcm;
using PushGateway.Simulator.OAuth;

namespace PushGateway.Simulator.Faults;

/// <summary>Refuses a rule that could never do what its author meant.</summary>
internal static class FaultRuleCheck
{
    /// <exception cref="ArgumentException">Says which property is wrong and what it may be.</exception>
    public static void ThrowIfInvalid(FaultRule rule)
    {
        var action = rule.Action ?? throw new ArgumentException("action is required.");
        Require(rule.EveryNth is null or >= 1, "everyNth must be at least 1.");
        Require(rule.Probability is null or (>= 0 and <= 1), "probability must be between 0 and 1.");
        Require(rule.FirstAttemptsPerToken is null or >= 1, "firstAttemptsPerToken must be at least 1.");
        Require(rule.Times is null or >= 1, "times must be at least 1.");
        Require(action.DelayMilliseconds >= 0, "action.delayMilliseconds must not be negative.");
        Require(action.RetryAfterSeconds is null or >= 0, "action.retryAfterSeconds must not be negative.");
        Require(action.Status is null or (>= 200 and <= 599), "action.status must be between 200 and 599.");
        Require(action.Answer is null || IsKnown(rule.Provider, action.Answer), $"action.answer '{action.Answer}' is not an answer of {rule.Provider?.ToString() ?? "any provider"}.");
    }

    private static bool IsKnown(SimulatedProvider? provider, string answer) => provider switch
    {
        SimulatedProvider.Apns => ApnsAnswerCatalog.Contains(answer),
        SimulatedProvider.Fcm => FcmAnswerCatalog.Contains(answer),
        SimulatedProvider.OAuth => OAuthAnswerCatalog.Contains(answer),
        _ => ApnsAnswerCatalog.Contains(answer) || FcmAnswerCatalog.Contains(answer) || OAuthAnswerCatalog.Contains(answer),
    };

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }
}
