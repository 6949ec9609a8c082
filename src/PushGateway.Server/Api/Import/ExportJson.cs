using System.Text.Json.Serialization;

namespace PushGateway.Server.Api.Import;

/// <summary>Lines of an export: what was never said is left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeviceLine))]
internal sealed partial class ExportJson : JsonSerializerContext;
