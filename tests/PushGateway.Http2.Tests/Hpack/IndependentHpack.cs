using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace PushGateway.Http2.Tests.Hpack;

/// <summary>HPACK by somebody else: Debian's python3-hpack in a process of its own. Without it the tests are skipped, or fail where tools are required (CI=true or PUSHGATEWAY_REQUIRE_TOOLS=1).</summary>
public sealed class IndependentHpack : IDisposable
{
    private const string Python = "/usr/bin/python3";

    // A process that does not answer is ended, and the test with it.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private Process? _process;

    /// <summary>Skips or fails the test here when there is none: from within generated cases it would look like a failing case.</summary>
    internal IndependentHpack Started()
    {
        _process ??= Start();
        return this;
    }

    internal IReadOnlyList<DecodedBlock> Decode(IEnumerable<DecodeStep> steps) =>
        [.. Ask(new { verb = "decode", steps = steps.Select(step => new { limit = step.Limit, block = Convert.ToHexString(step.Block) }) }).Select(answer => new DecodedBlock(
            answer.TryGetProperty("error", out var error) ? error.GetString() : null,
            answer.TryGetProperty("fields", out var fields) ? ReadFields(fields) : [],
            answer.TryGetProperty("never", out var never) ? [.. never.EnumerateArray().Select(flag => flag.GetBoolean())] : [],
            answer.TryGetProperty("table", out var table) ? ReadFields(table.GetProperty("entries")) : []))];

    internal IReadOnlyList<EncodedBlock> Encode(IEnumerable<EncodeStep> steps) =>
        [.. Ask(new
        {
            verb = "encode",
            steps = steps.Select(step => new
            {
                limit = step.Limit,
                huffman = step.IsHuffman,
                fields = step.Fields.Select(field => new object[] { Hex(field.Name), Hex(field.Value), step.IsNeverIndexed }),
            }),
        }).Select(answer => new EncodedBlock(Convert.FromHexString(answer.GetProperty("block").GetString()!), ReadFields(answer.GetProperty("table").GetProperty("entries"))))];

    public void Dispose()
    {
        if (_process is { } process)
        {
            process.StandardInput.Close();
            process.Kill();
            process.Dispose();
        }
    }

    private List<JsonElement> Ask(object question)
    {
        var process = _process!;
        using var limit = new CancellationTokenSource(s_patience, TimeProvider.System);
        using var end = limit.Token.UnsafeRegister(static state => ((Process)state!).Kill(), process);
        process.StandardInput.WriteLine(JsonSerializer.Serialize(question));
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine();
        Assert.True(answer is not null, "The independent implementation ended without an answer.");
        using var document = JsonDocument.Parse(answer);
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    private static Process Start()
    {
        Require(File.Exists(Python) && Imports(), "hpack is not importable by /usr/bin/python3; install it with: apt-get install -y python3-hpack");
        return Process.Start(new ProcessStartInfo(Python, [FindScript()]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static bool Imports()
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import hpack"]) { RedirectStandardError = true })!;
        return process.WaitForExit(s_patience) && process.ExitCode == 0;
    }

    private static void Require(bool present, string reason)
    {
        if (present)
        {
            return;
        }

        Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", reason);
        Assert.Skip(reason);
    }

    private static string FindScript()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "Hpack", "independent_hpack.py");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException("Hpack/independent_hpack.py is not above the test assembly.");
    }

    private static List<Field> ReadFields(JsonElement fields) =>
        [.. fields.EnumerateArray().Select(field => new Field(Text(field[0]), Text(field[1])))];

    private static string Text(JsonElement hex) => Encoding.Latin1.GetString(Convert.FromHexString(hex.GetString()!));

    private static string Hex(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text));
}

/// <param name="Limit">The table size that is announced before this block, if it changes.</param>
internal sealed record DecodeStep(int? Limit, byte[] Block);

/// <param name="Error">Why the block is no HPACK.</param>
/// <param name="Never">By field: whether it is never to be indexed.</param>
/// <param name="Table">The dynamic table after the block, newest first.</param>
internal sealed record DecodedBlock(string? Error, IReadOnlyList<Field> Fields, IReadOnlyList<bool> Never, IReadOnlyList<Field> Table);

/// <param name="Limit">The table size from this block on, if it changes.</param>
internal sealed record EncodeStep(int? Limit, bool IsHuffman, bool IsNeverIndexed, IReadOnlyList<Field> Fields);

/// <param name="Table">The dynamic table after the block, newest first.</param>
internal sealed record EncodedBlock(byte[] Block, IReadOnlyList<Field> Table);
