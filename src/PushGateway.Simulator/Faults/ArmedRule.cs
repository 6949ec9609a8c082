using System.Text.RegularExpressions;
using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Faults;

/// <summary>A <see cref="FaultRule"/> in force, with what it has seen so far.</summary>
internal sealed class ArmedRule
{
    private readonly FaultRule _rule;
    private readonly Regex? _pattern;
    private readonly Random? _random;
    private readonly TokenTally? _attempts;
    private long _met;
    private long _fired;

    /// <exception cref="ArgumentException">The pattern is not a regular expression, or a number is out of its range.</exception>
    public ArmedRule(FaultRule rule)
    {
        FaultRuleCheck.ThrowIfInvalid(rule);
        _rule = rule;
        _pattern = rule.TokenPattern is null ? null : new Regex(rule.TokenPattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        _random = rule.Probability is null ? null : new Random(rule.Seed);
        _attempts = rule.FirstAttemptsPerToken is null ? null : new TokenTally();
    }

    public FaultRule Rule => _rule;

    public bool Fires(SimulatedProvider provider, ReadOnlySpan<char> token, TokenKey key, DateTimeOffset now)
    {
        if (!Meets(provider, token, now))
        {
            return false;
        }

        var met = Interlocked.Increment(ref _met);
        if (_rule.EveryNth is { } every && met % every != 0)
        {
            return false;
        }

        if (_random is not null && !Draws(_rule.Probability!.Value))
        {
            return false;
        }

        if (_attempts is not null && _attempts.Increment(key) > _rule.FirstAttemptsPerToken)
        {
            return false;
        }

        return _rule.Times is not { } times || Interlocked.Increment(ref _fired) <= times;
    }

    private bool Meets(SimulatedProvider provider, ReadOnlySpan<char> token, DateTimeOffset now)
    {
        var comparison = provider == SimulatedProvider.Apns ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return (_rule.Provider is null || _rule.Provider == provider)
            && (_rule.TokenPrefix is null || token.StartsWith(_rule.TokenPrefix, comparison))
            && (_rule.TokenSuffix is null || token.EndsWith(_rule.TokenSuffix, comparison))
            && (_rule.From is null || now >= _rule.From)
            && (_rule.Until is null || now < _rule.Until)
            && (_pattern is null || _pattern.IsMatch(token));
    }

    private bool Draws(double probability)
    {
        lock (_random!)
        {
            return _random.NextDouble() < probability;
        }
    }
}
