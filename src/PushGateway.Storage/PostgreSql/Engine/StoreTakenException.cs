using PushGateway.Core;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>Another gateway has the store: this one may change nothing in it.</summary>
internal sealed class StoreTakenException(string message) : PushGatewayException(message);
