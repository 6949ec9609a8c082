namespace PushGateway.Benchmarks.Gateway;

/// <summary>Which step of a push's path a sample of the processor belongs to: the innermost frame that one of the rules knows decides.</summary>
/// <remarks>What the kernel and the runtime do for a step is the step's: its system calls, allocations, and the collections that its allocations cause.</remarks>
internal static class ProfileSteps
{
    private const string Collecting = "runtime: collecting garbage";
    private const string Rest = "thread pool and the rest";

    // In this order for one frame: a more special rule stands before a more general one. Methods compiled in advance have no name, only a file.
    private static readonly (string Part, string Step)[] s_rules =
    [
        ("libclrgc", Collecting),
        ("libclrjit", "runtime: compiling"),
        ("libe_sqlite3", "storage"),
        ("[Microsoft.Data.Sqlite]", "storage"),
        ("[SQLitePCL", "storage"),
        ("[PushGateway.Storage]", "storage"),
        ("libcrypto", "TLS"),
        ("libssl", "TLS"),
        ("libSystem.Security.Cryptography.Native", "TLS"),
        ("[System.Net.Security]", "TLS"),
        ("System.Net.Security.dll", "TLS"),
        ("[System.Net.Sockets]", "sockets"),
        ("System.Net.Sockets.dll", "sockets"),
        ("libSystem.Native", "sockets"),
        ("[System.Net.Http]", "HTTP/2"),
        ("System.Net.Http.dll", "HTTP/2"),
        ("[System.Private.Uri]", "HTTP/2"),
        ("System.Private.Uri.dll", "HTTP/2"),
        ("[PushGateway.Http2]", "HTTP/2"),
        ("::WriteRequest", "render, encode"),
        ("[PushGateway.Providers", "classify"),
        ("[PushGateway.Dispatch]", "dispatch, record"),
        ("[PushGateway.Core]", "dispatch, record"),
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
