using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PushGateway.Server.Tests.Api;

/// <summary>Keeps what the gateway logged as an error: a test that provokes none asserts that there is none.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public void ExpectNone() => Assert.True(_lines.IsEmpty, string.Join('\n', _lines));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(ErrorLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log._lines.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
