using PushGateway.Core.Events;

namespace PushGateway.Dispatch;

/// <summary>Devices and pages under way, by lane, and whether a lane may have more. Turns are started by one caller, and end on any thread.</summary>
/// <remarks>
/// A part of what may be under way is kept free of the lower lanes, so that an urgent event always finds room at once, however slow the
/// provider of a broadcast is. Nor may they take all the cores and connections of the store for reading. None of this keeps a lane from
/// its share: what it may have is its own, and whose turn it is says <see cref="FanOutSchedule"/>.
/// </remarks>
internal sealed class InFlight(DispatchOptions options)
{
    /// <summary>In eighths, what a lane and those below it may have together.</summary>
    private static readonly int[] s_eighths = [8, 7, 6];

    private readonly int[] _devices = new int[s_eighths.Length];
    private readonly int[] _pages = new int[s_eighths.Length];
    private int _reading;

    /// <summary>Devices under way, or room kept for them.</summary>
    public int Devices => Sum(_devices);

    public int Pages => Sum(_pages);

    public bool MayStart(EventPriority lane)
    {
        if (lane != EventPriority.High && Volatile.Read(ref _reading) >= options.MaxPagesReading)
        {
            return false;
        }

        // Also what the lanes above have counts, for the whole; and of the parts of the lower lanes one page is the least.
        for (var from = 0; from <= (int)lane; from++)
        {
            var (devices, pages) = (0, 0);
            for (var other = from; other < _devices.Length; other++)
            {
                devices += Volatile.Read(ref _devices[other]);
                pages += Volatile.Read(ref _pages[other]);
            }

            if (devices + options.PageSize > Math.Max(options.PageSize, options.MaxDevicesInFlight * (long)s_eighths[from] / 8) ||
                pages >= Math.Max(1, options.MaxPagesInFlight * s_eighths[from] / 8))
            {
                return false;
            }
        }

        return true;
    }

    public Slot Start(EventPriority lane, int devices)
    {
        Interlocked.Add(ref _devices[(int)lane], devices);
        Interlocked.Increment(ref _pages[(int)lane]);
        if (lane != EventPriority.High)
        {
            Interlocked.Increment(ref _reading);
        }

        return new Slot(this, lane, devices);
    }

    private static int Sum(int[] lanes)
    {
        var sum = 0;
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            sum += Volatile.Read(ref lanes[lane]);
        }

        return sum;
    }

    /// <summary>What one page has of it.</summary>
    internal sealed class Slot(InFlight inFlight, EventPriority lane, int devices)
    {
        private int _devices = devices;
        private bool _isReading = lane != EventPriority.High;

        /// <summary>The page has been read.</summary>
        /// <param name="count">The devices it has.</param>
        public void Read(int count)
        {
            Interlocked.Add(ref inFlight._devices[(int)lane], count - _devices);
            _devices = count;
            EndReading();
        }

        public void End()
        {
            EndReading();
            Interlocked.Add(ref inFlight._devices[(int)lane], -_devices);
            Interlocked.Decrement(ref inFlight._pages[(int)lane]);
        }

        private void EndReading()
        {
            if (_isReading)
            {
                _isReading = false;
                Interlocked.Decrement(ref inFlight._reading);
            }
        }
    }
}
