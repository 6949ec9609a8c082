namespace PushGateway.Core;

/// <summary>Base of the few exceptions that callers are expected to answer; everything else is a bug or lost infrastructure.</summary>
public abstract class PushGatewayException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The store cannot take writes now (disk full, locked, shutting down). Nothing was changed; try again later.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null)
    : PushGatewayException(message, innerException);

/// <summary>A provider credential cannot be used as it is: not a private key, a key file without a field, a bad certificate.</summary>
public sealed class InvalidCredentialException(string field, string message, Exception? innerException = null)
    : PushGatewayException(message, innerException)
{
    /// <summary>The contract's name of the field at fault, such as <c>privateKey</c>.</summary>
    public string Field { get; } = field;
}
