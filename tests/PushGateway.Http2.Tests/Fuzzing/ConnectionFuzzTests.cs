using System.Globalization;
using PushGateway.Http2.Tests.Frames;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Connections in memory, with servers that send anything and streams that break anywhere: <see cref="ConnectionCase"/> says what has to hold.</summary>
/// <remarks>A short run in the suite; <c>tests/fuzz.sh</c> makes a long one. <c>PUSHGATEWAY_FUZZ_TAPE</c>, printed by a failure, repeats that case.</remarks>
[Collection(MemoryCollection.Name)]
public sealed class ConnectionFuzzTests(ITestOutputHelper output)
{
    private const int ShortRun = 20_000;
    private const long MaxBytes = 1024L * 1024 * 1024;

    private static readonly TimeSpan s_shortRunLimit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Connection_AnyServerAndAnyStream_KeepsWhatItPromises()
    {
        if (Environment.GetEnvironmentVariable("PUSHGATEWAY_FUZZ_TAPE") is { Length: > 0 } tape)
        {
            var failed = ConnectionFuzzer.Replay(Convert.FromHexString(tape), output.WriteLine);
            Assert.True(failed is null, failed);
            return;
        }

        var minutes = Environment.GetEnvironmentVariable("PUSHGATEWAY_FUZZ_MINUTES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var fuzzer = new ConnectionFuzzer(Environment.ProcessorCount);
        var begunAt = TimeProvider.System.GetTimestamp();
        var failure = await fuzzer.RunAsync(minutes > 0 ? long.MaxValue : ShortRun, minutes > 0 ? TimeSpan.FromMinutes(minutes) : s_shortRunLimit);
        var seconds = TimeProvider.System.GetElapsedTime(begunAt).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fuzzer.Cases:N0} cases in {seconds:N1} s, {fuzzer.Cases / seconds:N0} a second; {fuzzer.Behaviours:N0} behaviours, {fuzzer.Corpus:N0} cases kept; peak {fuzzer.PeakBytes / 1048576.0:N0} MiB"));
        Assert.True(failure is null, failure);
        Assert.InRange(fuzzer.PeakBytes, 0, MaxBytes);
    }

    /// <summary>Lives that once broke a rule, or the rule's own bookkeeping.</summary>
    [Theory]
    // Writes break before the second request has gone out; then the server says GOAWAY.
    [InlineData("000000000000006D0000000000373C000C830077FFAD0000D2355A00B3A30009BE000E0A00000000004A00008900A60000000000000000CC00000B009400F1000000000000000000000E1B")]
    public void Connection_LifeThatFailedOnce_KeepsWhatItPromises(string tape)
    {
        var failed = ConnectionFuzzer.Replay(Convert.FromHexString(tape), output.WriteLine);
        Assert.True(failed is null, failed);
    }
}
