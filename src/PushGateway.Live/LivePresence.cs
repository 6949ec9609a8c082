namespace PushGateway.Live;

/// <summary>Who is in a channel, as far as they said so. A member is there as long as one of its connections is.</summary>
internal sealed class LivePresence
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _members = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>Grows with every change.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <returns>Whether the member was not there before; <see langword="null"/> when there are too many.</returns>
    public bool? Join(string member, int limit)
    {
        lock (_gate)
        {
            var connections = _members.GetValueOrDefault(member);
            if (connections == 0 && _members.Count >= limit)
            {
                return null;
            }

            _members[member] = connections + 1;
            return Changed(connections == 0);
        }
    }

    /// <returns>Whether it was the member's last connection.</returns>
    public bool Leave(string member)
    {
        lock (_gate)
        {
            var connections = _members.GetValueOrDefault(member);
            if (connections > 1)
            {
                _members[member] = connections - 1;
                return false;
            }

            return Changed(_members.Remove(member));
        }
    }

    public (int Version, IReadOnlyList<string> Members) Read()
    {
        lock (_gate)
        {
            return (_version, [.. _members.Keys.Order(StringComparer.Ordinal)]);
        }
    }

    private bool Changed(bool isChanged)
    {
        _version += isChanged ? 1 : 0;
        return isChanged;
    }
}
