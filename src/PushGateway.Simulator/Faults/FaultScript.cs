using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Faults;

/// <summary>The rules in force. Reading takes no lock: the list is replaced whole, and without rules a push pays for one comparison.</summary>
internal sealed class FaultScript(TimeProvider timeProvider)
{
    private readonly Lock _writing = new();
    private ArmedRule[] _rules = [];
    private int _lastId;

    public IReadOnlyList<FaultRule> Rules => [.. Volatile.Read(ref _rules).Select(armed => armed.Rule)];

    public FaultAction? Match(SimulatedProvider provider, ReadOnlySpan<char> token, TokenKey key)
    {
        var rules = Volatile.Read(ref _rules);
        if (rules.Length == 0)
        {
            return null;
        }

        var now = timeProvider.GetUtcNow();
        foreach (var rule in rules)
        {
            if (rule.Fires(provider, token, key, now))
            {
                return rule.Rule.Action;
            }
        }

        return null;
    }

    /// <exception cref="ArgumentException">The rule is not valid; nothing changed.</exception>
    public string Add(FaultRule rule)
    {
        lock (_writing)
        {
            var id = rule.Id ?? $"rule-{++_lastId}";
            var armed = new ArmedRule(rule with { Id = id });
            _rules = [.. _rules.Where(existing => existing.Rule.Id != id), armed];
            return id;
        }
    }

    public bool Remove(string id)
    {
        lock (_writing)
        {
            var before = _rules.Length;
            _rules = [.. _rules.Where(existing => existing.Rule.Id != id)];
            return _rules.Length < before;
        }
    }

    public void Clear()
    {
        lock (_writing)
        {
            _rules = [];
        }
    }

    /// <summary>Makes every rule forget what it has seen.</summary>
    public void Rearm()
    {
        lock (_writing)
        {
            _rules = [.. _rules.Select(existing => new ArmedRule(existing.Rule))];
        }
    }
}
