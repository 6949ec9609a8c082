namespace PushGateway.Storage.Events;

/// <summary>Device keys as a receipt blob keeps them: ascending.</summary>
internal static class SortedKeys
{
    public static bool Contains(IReadOnlyList<long> keys, long key)
    {
        var (low, high) = (0, keys.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (keys[middle] == key)
            {
                return true;
            }

            (low, high) = keys[middle] < key ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }
}
