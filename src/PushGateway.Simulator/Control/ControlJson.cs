using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Simulator.Control;

/// <summary>The JSON of the control endpoint: camelCase, absent for null; a name nobody knows is an error rather than a rule that silently matches everything.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(FaultRule))]
[JsonSerializable(typeof(IReadOnlyList<FaultRule>))]
[JsonSerializable(typeof(SimulatorCounters))]
[JsonSerializable(typeof(SimulatorQuotas))]
[JsonSerializable(typeof(SimulatorCredentials))]
[JsonSerializable(typeof(CredentialChange))]
[JsonSerializable(typeof(IReadOnlyList<RecentPush>))]
[JsonSerializable(typeof(TokenState))]
[JsonSerializable(typeof(ControlError))]
[JsonSerializable(typeof(RuleAdded))]
[JsonSerializable(typeof(ConnectionsClosed))]
internal sealed partial class ControlJson : JsonSerializerContext;
