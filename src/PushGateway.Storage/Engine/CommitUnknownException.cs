using PushGateway.Core;

namespace PushGateway.Storage.Engine;

/// <summary>The way to the database was lost in the middle of a commit, and the database could not be asked since what became of it.</summary>
internal sealed class CommitUnknownException(string message, Exception inner) : PushGatewayException(message, inner);
