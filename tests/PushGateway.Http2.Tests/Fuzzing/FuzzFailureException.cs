namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>A case in which the connection did what it must not.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message)
{
    public static void Unless(bool condition, string message)
    {
        if (!condition)
        {
            throw new FuzzFailureException(message);
        }
    }
}
