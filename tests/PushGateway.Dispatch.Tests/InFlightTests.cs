using CsCheck;
using PushGateway.Core.Events;

namespace PushGateway.Dispatch.Tests;

public sealed class InFlightTests
{
    [Fact]
    public void MayStart_BroadcastHasAllItMay_LeavesRoomForTheLanesAbove()
    {
        var inFlight = new InFlight(new DispatchOptions { PageSize = 100, MaxDevicesInFlight = 1_600, MaxPagesReading = 1_000 });

        Assert.Equal(12, Fill(inFlight, EventPriority.Bulk));
        Assert.Equal(2, Fill(inFlight, EventPriority.Normal));
        Assert.Equal(2, Fill(inFlight, EventPriority.High));
        Assert.All(Enum.GetValues<EventPriority>(), lane => Assert.False(inFlight.MayStart(lane)));
    }

    [Fact]
    public void MayStart_HighHasAll_GivesBulkItsShareAsSoonAsThereIsRoom()
    {
        var inFlight = new InFlight(new DispatchOptions { PageSize = 100, MaxDevicesInFlight = 1_600 });
        List<InFlight.Slot> slots = [];
        while (inFlight.MayStart(EventPriority.High))
        {
            slots.Add(inFlight.Start(EventPriority.High, 100));
        }

        Assert.False(inFlight.MayStart(EventPriority.Bulk));
        slots[0].End();
        Assert.True(inFlight.MayStart(EventPriority.Bulk));
    }

    [Fact]
    public void MayStart_PagesBeingRead_HoldUpAllButHigh()
    {
        var inFlight = new InFlight(new DispatchOptions { MaxPagesReading = 2 });
        var first = inFlight.Start(EventPriority.Bulk, 1_000);
        inFlight.Start(EventPriority.Normal, 1_000);

        Assert.False(inFlight.MayStart(EventPriority.Normal));
        Assert.True(inFlight.MayStart(EventPriority.High));
        first.Read(10);
        Assert.True(inFlight.MayStart(EventPriority.Bulk));
    }

    /// <summary>However small the bound, a lane that is alone can have a page; and what has ended leaves nothing behind.</summary>
    [Fact]
    public void StartReadEnd_AnySequence_NeverExceedsTheBoundAndNeverLeaks() => Gen.Select(
        Gen.Int[1, 50], Gen.Int[0, 500], Gen.Int[1, 20], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 50], Gen.Bool).Array[0, 60]).Sample(
        (pageSize, more, pages, steps) =>
        {
            var options = new DispatchOptions { PageSize = pageSize, MaxDevicesInFlight = pageSize + more, MaxPagesInFlight = pages };
            var inFlight = new InFlight(options);
            List<(InFlight.Slot Slot, int Devices)> running = [];
            foreach (var (lane, count, ends) in steps)
            {
                if (running.Count == 0 && !inFlight.MayStart((EventPriority)lane))
                {
                    return false;
                }

                if (inFlight.MayStart((EventPriority)lane))
                {
                    var slot = inFlight.Start((EventPriority)lane, pageSize);
                    var read = Math.Min(count, pageSize);
                    slot.Read(read);
                    running.Add((slot, read));
                }

                if (running.Sum(one => one.Devices) > options.MaxDevicesInFlight || running.Count > pages)
                {
                    return false;
                }

                if (ends && running.Count > 0)
                {
                    running[0].Slot.End();
                    running.RemoveAt(0);
                }
            }

            running.ForEach(one => one.Slot.End());
            return Enum.GetValues<EventPriority>().All(inFlight.MayStart);
        });

    private static int Fill(InFlight inFlight, EventPriority lane)
    {
        var count = 0;
        for (; inFlight.MayStart(lane); count++)
        {
            inFlight.Start(lane, 100).Read(100);
        }

        return count;
    }
}
