namespace PushGateway.Http2;

/// <summary>What an answer means for the requests that follow.</summary>
public enum PostDecision : byte
{
    /// <summary>A final answer from the server that does not speak against the credential.</summary>
    Done = 0,

    /// <summary>The same request is to be sent once more, in a later pass over the batch.</summary>
    Again,

    /// <summary>No answer, though the server can be reached: says nothing about the credential.</summary>
    NoAnswer,

    /// <summary>The server cannot be reached, so none of the other requests can.</summary>
    Unreachable,

    /// <summary>The credential was refused and somebody has to act: nothing more is begun with it.</summary>
    Halt,

    /// <summary>The credential has to be renewed: nothing more is begun with the old one, then a new pass sends what is left, this request included.</summary>
    HaltAndRenew,
}
