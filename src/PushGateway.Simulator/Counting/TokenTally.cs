namespace PushGateway.Simulator.Counting;

/// <summary>
/// How often each token was counted, in 12 bytes a slot: open addressing over fingerprints, split into parts so that connections rarely wait for one another.
/// A million tokens take between 17 and 34 MB. There is no way to list the tokens, only to ask for one.
/// </summary>
internal sealed class TokenTally
{
    private const int PartCount = 64;
    private readonly Part[] _parts;

    public TokenTally()
    {
        _parts = new Part[PartCount];
        for (var index = 0; index < PartCount; index++)
        {
            _parts[index] = new Part();
        }
    }

    /// <returns>How often the token has been counted now, this time included.</returns>
    public int Increment(TokenKey key) => PartOf(key).Increment(key.Value);

    public int CountOf(TokenKey key) => PartOf(key).CountOf(key.Value);

    /// <summary>Tokens counted at least once.</summary>
    public long Distinct => _parts.Sum(part => (long)part.Distinct);

    /// <summary>Tokens counted more than once.</summary>
    public long Repeated => _parts.Sum(part => (long)part.Repeated);

    public void Clear()
    {
        foreach (var part in _parts)
        {
            part.Clear();
        }
    }

    private Part PartOf(TokenKey key) => _parts[key.Value >> 58];

    private sealed class Part
    {
        private const int SmallestSize = 16;
        private readonly Lock _lock = new();
        private ulong[] _keys = new ulong[SmallestSize];
        private int[] _counts = new int[SmallestSize];

        public int Distinct { get; private set; }

        public int Repeated { get; private set; }

        public int Increment(ulong key)
        {
            lock (_lock)
            {
                // At most three quarters full: beyond that the runs of taken slots grow long.
                if ((Distinct + 1) * 4 > _keys.Length * 3)
                {
                    Grow();
                }

                var slot = SlotOf(_keys, key);
                if (_keys[slot] == 0)
                {
                    _keys[slot] = key;
                    Distinct++;
                }

                var count = ++_counts[slot];
                if (count == 2)
                {
                    Repeated++;
                }

                return count;
            }
        }

        public int CountOf(ulong key)
        {
            lock (_lock)
            {
                return _counts[SlotOf(_keys, key)];
            }
        }

        public void Clear()
        {
            lock (_lock)
            {
                _keys = new ulong[SmallestSize];
                _counts = new int[SmallestSize];
                Distinct = 0;
                Repeated = 0;
            }
        }

        private static int SlotOf(ulong[] keys, ulong key)
        {
            var mask = keys.Length - 1;
            var slot = (int)key & mask;
            while (keys[slot] != 0 && keys[slot] != key)
            {
                slot = (slot + 1) & mask;
            }

            return slot;
        }

        private void Grow()
        {
            var keys = new ulong[_keys.Length * 2];
            var counts = new int[keys.Length];
            for (var old = 0; old < _keys.Length; old++)
            {
                if (_keys[old] != 0)
                {
                    var slot = SlotOf(keys, _keys[old]);
                    keys[slot] = _keys[old];
                    counts[slot] = _counts[old];
                }
            }

            _keys = keys;
            _counts = counts;
        }
    }
}
