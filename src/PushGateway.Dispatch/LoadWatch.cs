namespace PushGateway.Dispatch;

/// <summary>
/// Notices what happens to events while they are being read from the store. What was read of one that has ended since would send it again,
/// and of one that was paused since would send it nevertheless. Guarded by the schedule.
/// </summary>
internal sealed class LoadWatch
{
    private readonly List<Load> _loads = [];

    public Load Begin(long eventKey)
    {
        var load = new Load(eventKey);
        _loads.Add(load);
        return load;
    }

    /// <returns>Whether what was read still holds.</returns>
    public bool End(Load load)
    {
        _loads.Remove(load);
        return !load.IsOutdated;
    }

    /// <summary>The event has left the schedule, or there is a wish about it.</summary>
    public void OnChanged(long eventKey)
    {
        foreach (var load in _loads)
        {
            load.IsOutdated |= load.EventKey == eventKey;
        }
    }
}

/// <summary>One event on its way from the store into the schedule.</summary>
internal sealed class Load(long eventKey)
{
    public long EventKey => eventKey;

    public bool IsOutdated { get; set; }
}
