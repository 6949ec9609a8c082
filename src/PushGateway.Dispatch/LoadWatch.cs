namespace PushGateway.Dispatch;

/// <summary>
/// Notices what happens to events while they are being read from the store. What was read of one that has ended since would send it again,
/// and of one that was paused since would send it nevertheless. Guarded by the schedule.
/// </summary>
/// <remarks>Holds the loads under way and, while a batch of unfinished events is being read, one number for each event that changes meanwhile.</remarks>
internal sealed class LoadWatch
{
    private readonly List<Load> _loads = [];
    private HashSet<long>? _changedDuringBatch;

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

    /// <summary>From now on whatever changes may have been read before.</summary>
    public void BeginBatch() => _changedDuringBatch = [];

    public void EndBatch() => _changedDuringBatch = null;

    public bool HasChangedDuringBatch(long eventKey) => _changedDuringBatch?.Contains(eventKey) == true;

    /// <summary>The event has left the schedule, or there is a wish about it.</summary>
    public void OnChanged(long eventKey)
    {
        _changedDuringBatch?.Add(eventKey);
        foreach (var load in _loads)
        {
            if (load.EventKey == eventKey)
            {
                load.IsOutdated = true;
            }
        }
    }
}

/// <summary>One event on its way from the store into the schedule.</summary>
internal sealed class Load(long eventKey)
{
    public long EventKey => eventKey;

    public bool IsOutdated { get; set; }
}
