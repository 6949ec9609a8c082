using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogList : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string? Event, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string? Event, string Text)> Lines => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId.Name, formatter(state, exception)));
}
