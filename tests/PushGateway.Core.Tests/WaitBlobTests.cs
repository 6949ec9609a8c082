using CsCheck;
using PushGateway.Core.FanOut;

namespace PushGateway.Core.Tests;

public sealed class WaitBlobTests
{
    [Fact]
    public void Write_AnyDevices_ReadsBackTheSame() => Gen.Select(Gen.Long[1, long.MaxValue], Gen.Long[1, long.MaxValue]).List[0, 300].Sample(
        keys =>
        {
            var devices = keys.Select(key => new AudienceCursor(key.Item1, key.Item2)).ToList();
            return WaitBlob.Read(WaitBlob.Write(devices)).SequenceEqual(devices);
        },
        iter: 1_000);

    [Fact]
    public void Write_NeighboursOfAShard_TakesAboutFourBytesEach()
    {
        // One subscriber in 64 is of the shard, each with one device.
        var devices = Enumerable.Range(1, 1_000).Select(number => new AudienceCursor(number * 64L, number * 64L)).ToList();
        Assert.InRange(WaitBlob.Write(devices).Length, 1_000, 4_100);
    }

    [Fact]
    public void Read_AnyDamage_ThrowsOrGivesDevices() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        try
        {
            WaitBlob.Read(bytes);
        }
        catch (FormatException)
        {
        }
    });
}
