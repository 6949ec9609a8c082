namespace PushGateway.Benchmarks.Gateway;

/// <summary>Which step of a push's path a sample of the processor belongs to: the innermost frame that one of the rules knows decides.</summary>
/// <remarks>What the kernel and the runtime do for a step is the step's: its system calls, allocations, and the collections that its allocations cause.</remarks>
internal static class ProfileSteps
{
    private const string Collecting = "runtime: collecting garbage";
    private const string Storage = "storage: read, record";
    private const string Tls = "TLS";
    private const string Sockets = "sockets";
    private const string Http2 = "HTTP/2";
    private const string Dispatch = "dispatch, outcomes";
    private const string Rest = "thread pool and the rest";

    // In this order for one frame: a more special rule stands before a more general one. Methods compiled in advance have no name, only a file.
    private static readonly (string Part, string Step)[] s_rules =
    [
        ("libclrgc", Collecting),
        ("libclrjit", "runtime: compiling"),
        ("libe_sqlite3", Storage),
        ("vfs_read", Storage),
        ("vfs_write", Storage),
        ("fsync", Storage),
        ("[Microsoft.Data.Sqlite]", Storage),
        ("[SQLitePCL", Storage),
        ("[PushGateway.Storage]", Storage),
        ("libcrypto", Tls),
        ("libssl", Tls),
        ("libSystem.Security.Cryptography.Native", Tls),
        ("[System.Net.Security]", Tls),
        ("System.Net.Security.dll", Tls),
        ("[System.Net.Sockets]", Sockets),
        ("System.Net.Sockets.dll", Sockets),
        ("libSystem.Native", Sockets),
        ("tcp_sendmsg", Sockets),
        ("tcp_recvmsg", Sockets),
        ("epoll_wait", Sockets),
        ("__send (", Sockets),
        ("[System.Net.Http]", Http2),
        ("System.Net.Http.dll", Http2),
        ("[System.Private.Uri]", Http2),
        ("System.Private.Uri.dll", Http2),
        ("[PushGateway.Http2]", Http2),
        ("::WriteRequest", "render, encode"),
        ("[PushGateway.Providers", "classify"),
        ("[PushGateway.Dispatch]", Dispatch),
        ("[PushGateway.Core]", Dispatch),
        ("Microsoft.AspNetCore", "API"),
    ];

    /// <param name="thread">Its name.</param>
    /// <param name="frames">Symbol and file of each, innermost first, as <c>perf script</c> prints them.</param>
    public static string Of(string thread, IReadOnlyList<string> frames)
    {
        if (thread.Contains("GC", StringComparison.Ordinal))
        {
            return Collecting;
        }

        foreach (var frame in frames)
        {
            foreach (var (part, step) in s_rules)
            {
                if (frame.Contains(part, StringComparison.Ordinal))
                {
                    return step;
                }
            }
        }

        return Rest;
    }
}
