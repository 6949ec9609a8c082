namespace PushGateway.Server.Cli.Demo;

/// <summary>Logs to one file, up to a size; what comes after that is left out, which suits a demo and nothing else.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private const long MaxLength = 20_000_000;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly StreamWriter _writer;

    public FileLoggerProvider(string path, TimeProvider time) =>
        (_writer, _time) = (new StreamWriter(path, append: true) { AutoFlush = true }, time);

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            if (_writer.BaseStream.CanWrite && _writer.BaseStream.Length < MaxLength)
            {
                _writer.WriteLine($"{_time.GetUtcNow():HH:mm:ss.fff} {level} {category}: {message}{(exception is null ? string.Empty : $"{Environment.NewLine}{exception}")}");
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, category, formatter(state, exception), exception);
    }
}
