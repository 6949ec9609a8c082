using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace PushGateway.Dispatch.Tests;

/// <summary>What one gateway's dispatch has counted since this was made.</summary>
internal sealed class AttemptMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _first;
    private long _repeats;
    private long _heldBack;

    public AttemptMetrics(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == DispatchMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) => Count(instrument.Name, count, tags));
        _listener.Start();
    }

    public long First => Interlocked.Read(ref _first);

    public long Repeats => Interlocked.Read(ref _repeats);

    public long HeldBack => Interlocked.Read(ref _heldBack);

    public void Dispose() => _listener.Dispose();

    private void Count(string instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var isRepeat = false;
        foreach (var tag in tags)
        {
            isRepeat |= tag is { Key: "kind", Value: "repeat" };
        }

        if (instrument == "pushgateway.dispatch.repeats.held_back")
        {
            Interlocked.Add(ref _heldBack, count);
        }
        else if (isRepeat)
        {
            Interlocked.Add(ref _repeats, count);
        }
        else
        {
            Interlocked.Add(ref _first, count);
        }
    }
}
