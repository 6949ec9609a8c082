using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Connections;
using PushGateway.Http2.Pooling;
using PushGateway.Http2.Tests.Doubles;
using PushGateway.Http2.Tests.Fuzzing;

namespace PushGateway.Http2.Tests.Connections;

/// <summary>
/// A server that closes while requests are coming in resets the connection: our write fails, while what it said last waits to be read.
/// On one thread and in memory, for with sockets it is chance which of the two is noticed first.
/// </summary>
public sealed class BrokenWriteTests
{
    [Fact]
    public void BrokenWrite_BehindAnAnswerAndAGoAway_BothAreReadFirst()
    {
        using var exchange = new Exchange(requests: 3);

        exchange.Stream.BreakWrites();
        exchange.Receive(WireFrame.Ping(1));
        Assert.Equal(3, exchange.Connection.OpenStreams);
        Assert.Equal(1, exchange.Source.Leavings);
        exchange.Receive([.. WireFrame.Answer(1, 200, "done"), WireFrame.GoAway(1)]);

        Assert.Equal((200, PostFault.None), (exchange.Answers[0].Status, exchange.Answers[0].Fault));
        Assert.Equal([1, 2], exchange.Returned.Order());
        Assert.True(exchange.Connection.Closed.IsCompleted);
    }

    [Fact]
    public void BrokenWrite_AndTheEndBehindIt_WhatWasNotAnsweredIsUnknown()
    {
        using var exchange = new Exchange(requests: 2);

        exchange.Stream.BreakWrites();
        exchange.Receive([WireFrame.Ping(1), .. WireFrame.Answer(1, 200)]);
        exchange.Stream.End();
        exchange.Receive();

        Assert.Equal(PostFault.None, exchange.Answers[0].Fault);
        Assert.Equal(PostFault.ConnectionLost, exchange.Answers[1].Fault);
        Assert.Empty(exchange.Returned);
        Assert.True(exchange.Connection.Closed.IsCompleted);
    }

    [Fact]
    public void BrokenWrite_AndSilenceBehindIt_IsTheEndBeforeLong()
    {
        using var exchange = new Exchange(requests: 2);

        exchange.Stream.BreakWrites();
        exchange.Receive(WireFrame.Ping(1));
        Assert.False(exchange.Connection.Closed.IsCompleted);
        exchange.Advance(TimeSpan.FromSeconds(3));

        Assert.All(exchange.Answers.Values, answer => Assert.Equal(PostFault.ConnectionLost, answer.Fault));
        Assert.Equal(2, exchange.Answers.Count);
        Assert.True(exchange.Connection.Closed.IsCompleted);
    }

    /// <summary>A connection whose requests have been written, and none answered.</summary>
    private sealed class Exchange : IDisposable
    {
        private static readonly PostPoolOptions s_options = new() { Endpoint = new Uri("https://broken.example") };

        private readonly FakeTimeProvider _clock = new();
        private readonly TurnQueue _turns = new();
        public Exchange(int requests)
        {
            // Behind the end of a tape every read is one to wait for, and every write ends at once.
            var tape = new Tape([]);
            // Owns the tickets; makes no connection, and has nothing to dispose of.
            var pool = new PostPool(s_options, NullLogger.Instance, _clock);
            var batch = new FuzzBatch(0, new int[requests], (_, index, answer) => Answers.Add(index, answer));
            batch.Ticket = new BatchTicket(pool, batch);
            Stream = new ScriptedStream(tape, static _ => { }, static _ => { });
            Source = new FuzzSource(pool, tape, [batch], (_, index) => Returned.Add(index));
            Connection = new Http2Connection(Stream, null, Source, s_options, _clock, NullLogger.Instance, schedule: _turns.Add);
            Connection.Start();
            Receive(WireFrame.Settings());
            Assert.Equal(requests, Connection.OpenStreams);
        }

        public ScriptedStream Stream { get; }

        public FuzzSource Source { get; }

        public Http2Connection Connection { get; }

        public Dictionary<int, FuzzAnswer> Answers { get; } = [];

        public List<int> Returned { get; } = [];

        public void Receive(params ReadOnlySpan<WireFrame> frames)
        {
            foreach (var frame in frames)
            {
                Stream.Send(frame.ToBytes());
            }

            _turns.RunAll();
            Stream.CompleteRead();
            _turns.RunAll();
        }

        public void Advance(TimeSpan time)
        {
            _clock.Advance(time);
            _turns.RunAll();
        }

        public void Dispose() => Stream.Dispose();
    }
}
