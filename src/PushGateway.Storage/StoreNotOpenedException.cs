using PushGateway.Core;

namespace PushGateway.Storage;

/// <summary>The store cannot be opened at the start: its file or folder is of no use, or another process has it. The message names the setting.</summary>
public sealed class StoreNotOpenedException(string message, Exception inner) : PushGatewayException(message, inner);
