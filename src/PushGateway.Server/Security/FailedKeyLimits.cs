using System.Net;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Security;

/// <summary>Keeps an address from trying keys: after so many wrong ones its further keys are not looked at for a while. Safe for concurrent use.</summary>
/// <remarks>
/// A bucket for each address that has failed lately, at most <see cref="MaxAddresses"/>: beyond that the one whose last failure is longest ago is
/// forgotten. Elapsed time is counted, so that a step of the clock neither frees nor holds anybody.
/// </remarks>
internal sealed class FailedKeyLimits(IOptions<ApiOptions> options, TimeProvider timeProvider, ILogger<FailedKeyLimits> logger)
{
    /// <summary>About 2 MB.</summary>
    public const int MaxAddresses = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, LinkedListNode<Entry>> _entries = [];

    // The address that failed last comes last.
    private readonly LinkedList<Entry> _byLastFailure = new();
    private volatile bool _isEmpty = true;

    private int PerMinute => options.Value.FailedKeysPerMinute;

    /// <summary>How many addresses are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>How long keys from this address are not looked at; zero when they are.</summary>
    public TimeSpan WaitOf(IPAddress? address)
    {
        if (_isEmpty || PerMinute == 0)
        {
            return TimeSpan.Zero;
        }

        lock (_lock)
        {
            if (!_entries.TryGetValue(AddressGroup.Of(address), out var node))
            {
                return TimeSpan.Zero;
            }

            var left = Refill(node.Value);
            if (left >= PerMinute)
            {
                Remove(node);
            }

            return left >= 1 ? TimeSpan.Zero : TimeSpan.FromMinutes((1 - left) / PerMinute);
        }
    }

    /// <summary>A wrong key came from this address.</summary>
    public void OnFailure(IPAddress? address)
    {
        if (PerMinute == 0)
        {
            return;
        }

        var group = AddressGroup.Of(address);
        double left;
        lock (_lock)
        {
            if (_entries.TryGetValue(group, out var node))
            {
                Refill(node.Value);
                _byLastFailure.Remove(node);
            }
            else
            {
                if (_entries.Count >= MaxAddresses)
                {
                    Remove(_byLastFailure.First!);
                }

                node = new LinkedListNode<Entry>(new Entry { Address = group, Left = PerMinute, At = timeProvider.GetTimestamp() });
                _entries.Add(group, node);
            }

            left = node.Value.Left = Math.Max(0, node.Value.Left - 1);
            _byLastFailure.AddLast(node);
            _isEmpty = false;
        }

        if (left < 1)
        {
            ServerLog.AddressHeldOff(logger, group);
        }
    }

    private double Refill(Entry entry)
    {
        var now = timeProvider.GetTimestamp();
        entry.Left = Math.Min(PerMinute, entry.Left + (timeProvider.GetElapsedTime(entry.At, now).TotalMinutes * PerMinute));
        entry.At = now;
        return entry.Left;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byLastFailure.Remove(node);
        _entries.Remove(node.Value.Address);
        _isEmpty = _entries.Count == 0;
    }

    private sealed class Entry
    {
        public required IPAddress Address { get; init; }

        /// <summary>Wrong keys it may still send now.</summary>
        public required double Left { get; set; }

        public required long At { get; set; }
    }
}
