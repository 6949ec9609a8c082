using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Telemetry;

/// <summary>What the operator's guide says of the metrics, against a gateway that has them all: one with a canary and a broker. What they are tagged with is held by <see cref="ExportedMetricsTests"/>.</summary>
public sealed class MetricTableTests
{
    [Fact]
    public async Task Table_OfTheOperatorsGuide_HasEveryInstrumentWithItsKindAndUnit()
    {
        ConcurrentDictionary<string, string> instruments = new();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("PushGateway.", StringComparison.Ordinal))
                {
                    instruments[instrument.Name] = $"{instrument.Name} {Kind(instrument)} {instrument.Unit}";
                }
            },
        };
        listener.Start();
        await using var gateway = await TestGateway.StartAsync(new()
        {
            ["PushGateway:Canary:App"] = "canary",
            ["PushGateway:Canary:Subscriber"] = "nobody",
            // Nobody listens there. What is counted of a broker is there all the same.
            ["PushGateway:RabbitMq:Uri"] = "amqp://127.0.0.1:1/",
        });

        Assert.Equal(MetricTable.Rows.Select(row => $"{row.Name} {row.Kind} {row.Unit}").Order(), instruments.Values.Order());
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "ObservableGauge" => "gauge",
        "UpDownCounter" => "sum",
        "Histogram" => "histogram",
        var other => other,
    };
}
