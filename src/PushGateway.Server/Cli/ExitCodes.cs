namespace PushGateway.Server.Cli;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The work failed, or did not come to the end that was asked for.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong; nothing was begun.</summary>
    public const int Usage = 2;

    /// <summary>Ended by SIGINT, as shells count it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
