using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Makes cases by the thousand: new ones, and changed ones of those that had shown something new. Keeps the shortest form of the first failure.</summary>
internal sealed class ConnectionFuzzer
{
    private const int MaxTapeBytes = 300;
    private const int MaxCorpus = 20_000;
    private const int MaxShortenings = 5_000;

    // A case takes microseconds. One that takes so much longer does not come to an end.
    private static readonly TimeSpan s_hangLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_watchPeriod = TimeSpan.FromSeconds(1);

    private readonly Behaviour _behaviour = new();
    private readonly Lock _lock = new();
    private readonly List<byte[]> _corpus = [];
    private readonly Worker[] _workers;
    private string? _failure;
    private long _maxCases;
    private long _endsAt;

    public ConnectionFuzzer(int threads) => _workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker())];

    public long Cases => _workers.Sum(worker => Volatile.Read(ref worker.Cases));

    /// <summary>Cases that showed something new.</summary>
    public int Corpus => _corpus.Count;

    public int Behaviours => _behaviour.Count;

    /// <summary>Bytes that the process held at its fullest.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Runs until so many cases have been run or the time is over.</summary>
    /// <returns>The failure, with the tape that repeats it; <see langword="null"/> when there is none.</returns>
    public async Task<string?> RunAsync(long maxCases, TimeSpan time)
    {
        _maxCases = maxCases / _workers.Length;
        _endsAt = TimeProvider.System.GetTimestamp() + (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

        // Threads of their own, in the background: one that hangs keeps neither the pool nor the process.
        foreach (var worker in _workers)
        {
            new Thread(() => Run(worker)) { IsBackground = true, Name = "fuzz" }.Start();
        }

        var all = Task.WhenAll(_workers.Select(worker => worker.Ended.Task));
        while (await Task.WhenAny(all, Task.Delay(s_watchPeriod, TimeProvider.System, CancellationToken.None)) != all)
        {
            PeakBytes = Math.Max(PeakBytes, Environment.WorkingSet);
            foreach (var worker in _workers)
            {
                var (tape, begunAt) = (worker.Tape, Volatile.Read(ref worker.BegunAt));
                if (!worker.Ended.Task.IsCompleted && TimeProvider.System.GetElapsedTime(begunAt) > s_hangLimit)
                {
                    return Describe("The case does not come to an end.", tape);
                }
            }
        }

        PeakBytes = Math.Max(PeakBytes, Environment.WorkingSet);
        return _failure;
    }

    /// <summary>Runs the case of one tape.</summary>
    /// <param name="trace">Gets what happens, line by line.</param>
    /// <returns>Why it failed, or <see langword="null"/>.</returns>
    public static string? Replay(byte[] tape, Action<string> trace) => Try(tape, NewPool(), new Behaviour(), trace);

    private void Run(Worker worker)
    {
        var random = new Random();
        var pool = NewPool();
        try
        {
            while (Volatile.Read(ref _failure) is null && worker.Cases < _maxCases && TimeProvider.System.GetTimestamp() < _endsAt)
            {
                var tape = Next(random);
                worker.Tape = tape;
                Volatile.Write(ref worker.BegunAt, TimeProvider.System.GetTimestamp());
                if (Try(tape, pool, _behaviour) is { } failure)
                {
                    Fail(failure, tape, pool);
                }

                Volatile.Write(ref worker.Cases, worker.Cases + 1);
                if (Behaviour.TakeIsNew())
                {
                    Keep(tape, random);
                }
            }

            worker.Ended.SetResult();
        }
#pragma warning disable CA1031 // Handed to whoever waits for the thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            worker.Ended.SetException(exception);
        }
    }

    private static string? Try(byte[] tape, PostPool pool, Behaviour behaviour, Action<string>? trace = null)
    {
        try
        {
            using var run = new ConnectionCase(tape, pool, behaviour, trace);
            run.Run();
            return null;
        }
#pragma warning disable CA1031 // No exception may escape; whichever does is the finding.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception is FuzzFailureException ? exception.Message : exception.ToString();
        }
    }

    private byte[] Next(Random random)
    {
        if (random.Next(8) == 0 || _corpus.Count == 0)
        {
            var fresh = new byte[random.Next(8, MaxTapeBytes)];
            random.NextBytes(fresh);
            return fresh;
        }

        byte[] parent, other;
        lock (_lock)
        {
            (parent, other) = (_corpus[random.Next(_corpus.Count)], _corpus[random.Next(_corpus.Count)]);
        }

        return Change(parent, other, random);
    }

    private static byte[] Change(byte[] parent, byte[] other, Random random)
    {
        List<byte> tape = [.. parent];
        for (var count = 1 << random.Next(5); count > 0; count--)
        {
            var at = random.Next(tape.Count + 1);
            var length = Math.Min(1 << random.Next(6), tape.Count - at);
            switch (random.Next(6))
            {
                case 0 when at < tape.Count:
                    tape[at] = (byte)random.Next(256);
                    break;
                case 1 when at < tape.Count:
                    tape[at] += (byte)random.Next(-4, 5);
                    break;
                case 2:
                    tape.RemoveRange(at, length);
                    break;
                case 3:
                    tape.InsertRange(at, tape.GetRange(at, length));
                    break;
                case 4:
                    tape.InsertRange(at, Enumerable.Range(0, random.Next(1, 12)).Select(_ => (byte)random.Next(256)));
                    break;
                case 5 when random.Next(4) == 0 && other.Length > 0:
                    // The beginning of one, the end of another.
                    tape.RemoveRange(at, tape.Count - at);
                    tape.AddRange(other[random.Next(other.Length)..]);
                    break;
            }
        }

        return tape.Count <= MaxTapeBytes ? [.. tape] : [.. tape.GetRange(0, MaxTapeBytes)];
    }

    private void Keep(byte[] tape, Random random)
    {
        lock (_lock)
        {
            if (_corpus.Count < MaxCorpus)
            {
                _corpus.Add(tape);
            }
            else
            {
                _corpus[random.Next(MaxCorpus)] = tape;
            }
        }
    }

    private void Fail(string failure, byte[] tape, PostPool pool)
    {
        lock (_lock)
        {
            if (_failure is null)
            {
                var shortest = Shorten(tape, pool);
                Volatile.Write(ref _failure, Describe(Try(shortest, pool, new Behaviour()) ?? failure, shortest));
            }
        }
    }

    /// <summary>Leaves out and makes zero what is not needed to fail.</summary>
    private static byte[] Shorten(byte[] tape, PostPool pool)
    {
        var left = MaxShortenings;
        bool Fails(byte[] candidate) => left-- > 0 && Try(candidate, pool, new Behaviour()) is not null;
        for (var length = tape.Length / 2; length > 0; length /= 2)
        {
            for (var at = 0; at + length <= tape.Length;)
            {
                byte[] candidate = [.. tape[..at], .. tape[(at + length)..]];
                if (Fails(candidate))
                {
                    tape = candidate;
                }
                else
                {
                    at += length;
                }
            }
        }

        for (var at = 0; at < tape.Length; at++)
        {
            byte[] candidate = [.. tape[..at], 0, .. tape[(at + 1)..]];
            tape = tape[at] != 0 && Fails(candidate) ? candidate : tape;
        }

        return tape;
    }

    private static string Describe(string failure, byte[] tape) =>
        string.Create(CultureInfo.InvariantCulture, $"{failure}{Environment.NewLine}To repeat it: PUSHGATEWAY_FUZZ_TAPE={Convert.ToHexString(tape)}");

    private static PostPool NewPool() => new(new PostPoolOptions { Endpoint = new Uri("https://fuzz.example") }, NullLogger.Instance, TimeProvider.System);

    private sealed class Worker
    {
        public readonly TaskCompletionSource Ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public volatile byte[] Tape = [];
        public long BegunAt = TimeProvider.System.GetTimestamp();
        public long Cases;
    }
}
