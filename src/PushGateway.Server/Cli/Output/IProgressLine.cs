namespace PushGateway.Server.Cli.Output;

/// <summary>Where long work says how far it has come.</summary>
internal interface IProgressLine
{
    /// <param name="fraction">Of the whole, 0 to 1; <see langword="null"/> when the whole is not known.</param>
    /// <param name="detail">Short, one line.</param>
    void Report(double? fraction, string detail);
}
