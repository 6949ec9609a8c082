namespace PushGateway.Server.Json;

/// <summary>What an endpoint reads, for the OpenAPI document. Not the framework's own metadata: its routing would answer 415 before 401.</summary>
internal sealed record RequestBodyMetadata(Type Type, IReadOnlyList<string> ContentTypes);
