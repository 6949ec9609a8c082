using System.Security.Cryptography;
using PushGateway.Simulator.Apns;
using PushGateway.Simulator.Counting;
using PushGateway.Simulator.Fcm;
using PushGateway.Simulator.OAuth;

namespace PushGateway.Simulator;

/// <summary>Steers a running simulator and reads its counters. Safe from any thread; the control endpoint offers the same over HTTP.</summary>
public sealed class SimulatorControl
{
    private readonly SimulatorCore _core;
    private readonly ProviderTokenVerifier _apnsKeys;
    private readonly ServiceAccount _serviceAccount;
    private readonly AccessTokenStore _accessTokens;
    private readonly FcmProject _project;

    internal SimulatorControl(SimulatorCore core, ProviderTokenVerifier apnsKeys, ServiceAccount serviceAccount, AccessTokenStore accessTokens, FcmProject project)
    {
        _core = core;
        _apnsKeys = apnsKeys;
        _serviceAccount = serviceAccount;
        _accessTokens = accessTokens;
        _project = project;
    }

    /// <summary>The rules in force, in the order they are asked.</summary>
    public IReadOnlyList<FaultRule> Rules => _core.Faults.Rules;

    /// <summary>The limits in force; setting them starts their windows anew.</summary>
    public SimulatorQuotas Quotas
    {
        get => _core.Quotas.Quotas;
        set => _core.Quotas.Quotas = value;
    }

    /// <summary>What to configure the gateway with.</summary>
    public SimulatorCredentials Credentials { get; internal set; } = null!;

    /// <summary>Adds a rule after those there are, or replaces the one with its id.</summary>
    /// <returns>The rule's id.</returns>
    /// <exception cref="ArgumentException">The rule cannot work; the message names the property. Nothing changed.</exception>
    public string AddRule(FaultRule rule) => _core.Faults.Add(rule);

    /// <returns><see langword="false"/> when there is no such rule.</returns>
    public bool RemoveRule(string id) => _core.Faults.Remove(id);

    /// <summary>Removes every rule.</summary>
    public void ClearRules() => _core.Faults.Clear();

    /// <summary>The counters at this moment.</summary>
    public SimulatorCounters Counters() => _core.Scoreboard.Snapshot();

    /// <summary>How often pushes to a token were accepted; 0 when tokens are not remembered.</summary>
    public int TimesAccepted(SimulatedProvider provider, string token) =>
        _core.Scoreboard.TotalsOf(provider).TimesAccepted(TokenKey.Of(provider, token));

    /// <summary>The latest requests, newest first, at most <see cref="SimulatorOptions.RecentPushes"/>.</summary>
    public IReadOnlyList<RecentPush> Recent() => _core.Scoreboard.Recent.Read();

    /// <summary>The latest request for a token among <see cref="Recent"/>, or null when it is not there any more.</summary>
    public RecentPush? LastPush(SimulatedProvider provider, string token)
    {
        var comparison = provider == SimulatedProvider.Apns ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Recent().FirstOrDefault(push => push.Provider == provider && push.Token.Equals(token, comparison));
    }

    /// <summary>Sets every counter to zero and makes rules, quotas and once-failing tokens forget what they saw. Rules, quotas and credentials stay.</summary>
    public void Reset() => _core.Reset();

    /// <summary>Takes a credential away; see <see cref="SimulatedCredential"/> for what clients then meet.</summary>
    public void Revoke(SimulatedCredential credential) => Set(credential, revoked: true);

    /// <summary>Gives a credential back.</summary>
    public void Restore(SimulatedCredential credential) => Set(credential, revoked: false);

    /// <summary>Makes APNs accept one more key for the same bundle ID.</summary>
    /// <param name="keyId">10 characters; the key that had it is replaced.</param>
    /// <param name="teamId">10 characters; with a team other than the first, one connection cannot use both.</param>
    public ApnsSigningKey AddApnsKey(string keyId, string teamId)
    {
        var key = new ApnsKey(teamId, keyId, ECDsa.Create(ECCurve.NamedCurves.nistP256));
        _apnsKeys.Add(key);
        return new ApnsSigningKey(teamId, keyId, key.PrivateKeyPem());
    }

    /// <summary>Closes the open connections of a provider: with GOAWAY and after the streams in progress, or at once and without a word.</summary>
    /// <returns>How many there were.</returns>
    public int CloseConnections(SimulatedProvider provider, bool gracefully = true) => _core.Scoreboard.ConnectionsOf(provider).CloseAll(gracefully);

    private void Set(SimulatedCredential credential, bool revoked)
    {
        switch (credential)
        {
            case SimulatedCredential.ApnsKey:
                foreach (var key in _apnsKeys.Keys)
                {
                    key.Revoked = revoked;
                }

                break;
            case SimulatedCredential.ServiceAccountKey:
                _serviceAccount.Revoked = revoked;
                break;
            case SimulatedCredential.FcmPermission:
                _project.PermissionDenied = revoked;
                break;
            case SimulatedCredential.AccessTokens when revoked:
                _accessTokens.ExpireAll();
                break;
        }
    }
}
