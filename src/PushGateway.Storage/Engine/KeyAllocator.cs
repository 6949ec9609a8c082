namespace PushGateway.Storage.Engine;

/// <summary>Hands out keys in sequence from blocks that are taken durably before their first key is used, so that none repeats.</summary>
/// <remarks>
/// The state in memory belongs to the open transaction: it is saved before every operation and restored when the operation is
/// undone, together with the block it may have taken. A crash loses at most the rest of the block.
/// </remarks>
internal sealed class KeyAllocator
{
    private const string TakeBlock =
        "INSERT INTO KeyBlocks (Sequence, NextKey) VALUES (?1, 1 + ?2) ON CONFLICT (Sequence) DO UPDATE SET NextKey = KeyBlocks.NextKey + ?2 RETURNING NextKey";

    private const string ReturnBlock = "UPDATE KeyBlocks SET NextKey = ?2 WHERE Sequence = ?1";

    // Neighbours in a receipt differ little only while keys are dense, so blocks are small where starts are frequent.
    private static readonly int[] s_blockSizes = [1, 64, 1_024, 1_024, 64, 1_024, 1, 64, 1_024, 1];
    private static readonly string[] s_names = Enum.GetNames<KeySequence>();

    private readonly (long Next, long End)[] _blocks = new (long, long)[s_names.Length];
    private readonly (long Next, long End)[] _saved = new (long, long)[s_names.Length];

    public long Next(StoreSession session, KeySequence sequence)
    {
        ref var block = ref _blocks[(int)sequence];
        if (block.Next == block.End)
        {
            var size = s_blockSizes[(int)sequence];
            var end = session.Statement(TakeBlock).Bind(1, s_names[(int)sequence]).Bind(2, size).ScalarInt64()
                ?? throw new InvalidOperationException("A key block was not returned.");
            block = (end - size, end);
        }

        return block.Next++;
    }

    /// <summary>Gives back the key handed out last, which was not used.</summary>
    public void Return(KeySequence sequence) => _blocks[(int)sequence].Next--;

    public void Save() => _blocks.CopyTo(_saved, 0);

    public void Restore() => _saved.CopyTo(_blocks, 0);

    /// <summary>
    /// Gives back what was not used, in the transaction that took it: where others write as well, theirs come next, so that keys follow each other in the order
    /// of the commits.
    /// </summary>
    public void GiveBack(StoreSession session)
    {
        for (var sequence = 0; sequence < _blocks.Length; sequence++)
        {
            var (next, end) = _blocks[sequence];
            if (next != end)
            {
                session.Statement(ReturnBlock).Bind(1, s_names[sequence]).Bind(2, next).Execute();
            }
        }

        Clear();
    }

    /// <summary>Forgets all blocks; the next keys come from new ones.</summary>
    public void Clear() => Array.Clear(_blocks);
}
