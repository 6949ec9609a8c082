namespace PushGateway.Simulator.Control;

/// <summary>Body of <c>POST /credentials/revoke</c> and <c>/credentials/restore</c>.</summary>
internal sealed record CredentialChange(SimulatedCredential Credential);

/// <summary>Answer of <c>GET /tokens/{provider}/{token}</c>.</summary>
internal sealed record TokenState(SimulatedProvider Provider, string Token, int Accepted, RecentPush? LastPush);

/// <summary>Answer of <c>POST /rules</c>.</summary>
internal sealed record RuleAdded(string Id);

/// <summary>Answer of <c>POST /connections/{provider}/close</c> and <c>/abort</c>.</summary>
internal sealed record ConnectionsClosed(int Connections);

/// <summary>Any refusal of the control endpoint.</summary>
internal sealed record ControlError(string Error);
