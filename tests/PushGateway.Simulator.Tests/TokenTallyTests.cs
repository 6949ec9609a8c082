using CsCheck;
using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Tests;

public sealed class TokenTallyTests
{
    [Fact]
    public void Increment_AnySequence_CountsLikeADictionary() =>
        Gen.Int[1, 300].Array[0, 3000].Sample(
            numbers =>
            {
                var tally = new TokenTally();
                var model = new Dictionary<int, int>();
                foreach (var number in numbers)
                {
                    model[number] = model.GetValueOrDefault(number) + 1;
                    Assert.Equal(model[number], tally.Increment(KeyOf(number)));
                }

                Assert.Equal(model.Count, tally.Distinct);
                Assert.Equal(model.Values.Count(times => times > 1), tally.Repeated);
                Assert.All(model, pair => Assert.Equal(pair.Value, tally.CountOf(KeyOf(pair.Key))));
            },
            iter: 100);

    [Fact]
    public void Increment_AMillionTokens_StaysSmall()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var tally = new TokenTally();
        for (var number = 0; number < 1_000_000; number++)
        {
            tally.Increment(KeyOf(number));
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.Equal(1_000_000, tally.Distinct);
        Assert.Equal(0, tally.Repeated);
        Assert.True(bytes < 60_000_000, $"{bytes} bytes");
    }

    private static TokenKey KeyOf(int number) => TokenKey.Of(SimulatedProvider.Apns, number.ToString("x64", System.Globalization.CultureInfo.InvariantCulture));
}
