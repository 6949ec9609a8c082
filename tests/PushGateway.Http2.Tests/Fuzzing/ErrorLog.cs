using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Keeps the first error that is logged, and nothing else.</summary>
internal sealed class ErrorLog : ILogger
{
    public string? Error { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
        {
            Error ??= $"{formatter(state, exception)} {exception}";
        }
    }
}
