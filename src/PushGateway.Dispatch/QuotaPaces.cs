using Microsoft.Extensions.Options;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The quotas in use, one pace per FCM project however many apps send in its name. Safe for concurrent use.</summary>
internal sealed class QuotaPaces(IOptions<DispatchOptions> options, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Shared> _projects = new(StringComparer.Ordinal);
    private readonly Dictionary<ProviderGate, string> _projectOf = [];
    private double _share = 1;

    /// <summary>Gives a gate the pace of the credential's project, in the place of the one it had.</summary>
    /// <param name="credential"><see langword="null"/> when the gate has none any more.</param>
    /// <returns><see langword="null"/> when the provider has no quota.</returns>
    /// <remarks>When apps name different quotas for the same project the least of them holds: one of them must be wrong, and that one is safe.</remarks>
    public QuotaPace? Assign(ProviderGate gate, ProviderCredential? credential)
    {
        lock (_gate)
        {
            // First the new one: a credential replaced by one of the same project must not forget what was sent in the last minute.
            var pace = credential is FcmCredential fcm ? Join(gate, fcm) : null;
            if (_projectOf.Remove(gate, out var previous) && (credential as FcmCredential)?.ProjectId != previous)
            {
                Part(gate, previous);
            }

            if (credential is FcmCredential { ProjectId: var project })
            {
                _projectOf[gate] = project;
            }

            return pace;
        }
    }

    /// <summary>Several gateways share the quotas: this one keeps to its part of each.</summary>
    /// <param name="share">0 to 1.</param>
    public void SetShare(double share)
    {
        lock (_gate)
        {
            _share = share;
            foreach (var shared in _projects.Values)
            {
                shared.Pace.Quota = QuotaOf(shared.Quotas.Values);
            }
        }
    }

    /// <summary>By project, what counts against its quota now, and the quota.</summary>
    public IReadOnlyList<(long Used, long Allowed)> Usage()
    {
        lock (_gate)
        {
            return [.. _projects.Values.Select(static shared => (shared.Pace.Used, shared.Pace.Quota))];
        }
    }

    private QuotaPace Join(ProviderGate gate, FcmCredential credential)
    {
        if (!_projects.TryGetValue(credential.ProjectId, out var shared))
        {
            shared = new Shared(new QuotaPace(QuotaOf([credential.MessagesPerMinute]), options.Value.QuotaRampUp, timeProvider));
            _projects[credential.ProjectId] = shared;
        }

        shared.Quotas[gate] = credential.MessagesPerMinute;
        shared.Pace.Quota = QuotaOf(shared.Quotas.Values);
        return shared.Pace;
    }

    private void Part(ProviderGate gate, string project)
    {
        var shared = _projects[project];
        shared.Quotas.Remove(gate);
        if (shared.Quotas.Count == 0)
        {
            _projects.Remove(project);
        }
        else
        {
            shared.Pace.Quota = QuotaOf(shared.Quotas.Values);
        }
    }

    private long QuotaOf(IEnumerable<int> quotas) => Math.Max(1, (long)(quotas.Min() * _share));

    private sealed record Shared(QuotaPace Pace)
    {
        public Dictionary<ProviderGate, int> Quotas { get; } = [];
    }
}
