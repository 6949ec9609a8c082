using CsCheck;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Tests;

public sealed class ReceiptBlobTests
{
    private static readonly Gen<(long Key, ProviderKind Provider, ReceiptOutcome Outcome, string? Reason)> s_receipt =
        Gen.Select(
            Gen.Long[1, long.MaxValue],
            Gen.Enum<ProviderKind>(),
            Gen.Enum<ReceiptOutcome>(),
            Gen.String[1, 40].Null());

    [Fact]
    public void Write_AnyReceipts_ReadsBackTheSame() => s_receipt.List[0, 200].Sample(
        receipts =>
        {
            // A device has one receipt in a page.
            var expected = receipts.DistinctBy(receipt => receipt.Key).OrderBy(receipt => receipt.Key).ToList();
            var writer = new ReceiptBlob.Writer();
            foreach (var (key, provider, outcome, reason) in expected)
            {
                writer.Add(key, provider, outcome, reason);
            }

            var read = ReceiptBlob.Read(writer.Write())
                .SelectMany(section => section.DeviceKeys.Select(key => (Key: key, section.Provider, section.Outcome, section.Reason)))
                .OrderBy(receipt => receipt.Key);
            // The text passes through UTF-8, which has no place for half a surrogate pair.
            return expected.Select(WithoutBrokenPairs).SequenceEqual(read);
        },
        iter: 2_000);

    [Fact]
    public void Write_CalledTwice_StartsAfresh()
    {
        var writer = new ReceiptBlob.Writer();
        writer.Add(5, ProviderKind.Apns, ReceiptOutcome.Accepted, null);
        writer.Write();
        writer.Add(9, ProviderKind.Fcm, ReceiptOutcome.Rejected, "INVALID_ARGUMENT");

        var section = Assert.Single(ReceiptBlob.Read(writer.Write()));

        Assert.Equal((ProviderKind.Fcm, ReceiptOutcome.Rejected, "INVALID_ARGUMENT"), (section.Provider, section.Outcome, section.Reason));
        Assert.Equal([9L], section.DeviceKeys);
    }

    [Fact]
    public void Write_NothingAdded_IsEmpty() => Assert.Empty(new ReceiptBlob.Writer().Write());

    [Fact]
    public void Write_PageOfABroadcast_TakesAboutTwoBytesADevice()
    {
        // 1,000 devices of one shard of 64: keys handed out in sequence, so neighbours are about 64 apart.
        var random = new Random(7);
        var writer = new ReceiptBlob.Writer();
        var key = 5_000_000L;
        for (var device = 0; device < 1_000; device++)
        {
            key += random.Next(1, 128);
            var dead = device % 100 == 0;
            writer.Add(
                key, device % 2 == 0 ? ProviderKind.Apns : ProviderKind.Fcm,
                dead ? ReceiptOutcome.Unregistered : ReceiptOutcome.Accepted, dead ? "Unregistered" : null);
        }

        Assert.InRange(writer.Write().Length, 1_000, 2_100);
    }

    [Fact]
    public void Read_DamagedBlob_ThrowsFormatException()
    {
        var writer = new ReceiptBlob.Writer();
        for (var key = 1; key <= 50; key++)
        {
            writer.Add(key * 300L, ProviderKind.Apns, key % 2 == 0 ? ReceiptOutcome.Accepted : ReceiptOutcome.Rejected, "TopicDisallowed");
        }

        var blob = writer.Write();
        Gen.Int[0, blob.Length - 1].Sample(
            length => Assert.True(
                length == 0 || Assert.Throws<FormatException>(() => ReceiptBlob.Read(blob.AsMemory(0, length)).Count()) is not null));
    }

    [Fact]
    public void Read_AnyBytes_ReadsOrThrowsFormatException() => Gen.Byte.Array[1, 200].Sample(
        bytes =>
        {
            try
            {
                _ = ReceiptBlob.Read(bytes).Sum(section => section.DeviceKeys.Count);
            }
            catch (FormatException)
            {
                return;
            }
        },
        iter: 5_000);

    private static (long, ProviderKind, ReceiptOutcome, string?) WithoutBrokenPairs(
        (long Key, ProviderKind Provider, ReceiptOutcome Outcome, string? Reason) receipt) =>
        receipt with
        {
            Reason = receipt.Reason is null ? null : System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(receipt.Reason)),
        };
}
