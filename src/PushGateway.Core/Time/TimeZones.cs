using System.Collections.Concurrent;
using System.Text;

namespace PushGateway.Core.Time;

/// <summary>Numbers time zones by their IANA ids, so that a row of an audience carries a number. Safe for concurrent use.</summary>
/// <remarks>
/// Number 0 is the zone for devices that named none, or one that this machine does not know: ids are checked for their form only when a
/// device registers, because the phone's list may be newer.
/// </remarks>
public sealed class TimeZones
{
    // The tz database has about 600 names. Ids that are none are text of the registrar's, and must not fill the memory.
    private const int MaxKnown = 4_096;
    private const int MaxIdLength = 64;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Lock _gate = new();
    private TimeZoneInfo[] _zones;

    /// <param name="fallback">IANA id of the zone with number 0; UTC when it is <see langword="null"/> or unknown here.</param>
    public TimeZones(string? fallback)
    {
        _lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        _zones = [fallback is not null && TimeZoneInfo.TryFindSystemTimeZoneById(fallback, out var zone) ? zone : TimeZoneInfo.Utc];
    }

    /// <summary>How many numbers have been given: those below it are valid.</summary>
    public int Count => Volatile.Read(ref _zones).Length;

    /// <summary>Ids remembered, whether they are zones here or not; bounded.</summary>
    internal int Known => _numbers.Count;

    /// <param name="number">As <see cref="Resolve"/> gave it.</param>
    public TimeZoneInfo this[int number] => Volatile.Read(ref _zones)[number];

    /// <param name="id">UTF-8; empty for none.</param>
    /// <returns>0 to <see cref="Count"/> - 1.</returns>
    public int Resolve(ReadOnlySpan<byte> id)
    {
        if (id.Length is 0 or > MaxIdLength)
        {
            return 0;
        }

        Span<char> text = stackalloc char[MaxIdLength];
        text = text[..Encoding.UTF8.GetChars(id, text)];
        return _lookup.TryGetValue(text, out var number) ? number : Add(text.ToString());
    }

    private int Add(string id)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(id, out var number))
            {
                return number;
            }

            if (_numbers.Count >= MaxKnown)
            {
                return 0;
            }

            if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
            {
                number = _zones.Length;
                Volatile.Write(ref _zones, [.. _zones, zone]);
            }

            _numbers[id] = number;
            return number;
        }
    }
}
