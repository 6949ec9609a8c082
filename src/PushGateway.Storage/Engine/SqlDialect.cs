using PushGateway.Storage.Devices;

namespace PushGateway.Storage.Engine;

/// <summary>What the two databases have to be told in different words, beside parameters.</summary>
internal abstract class SqlDialect
{
    /// <summary>How an import registers what is new at once; <see langword="null"/> where a line by itself costs no more.</summary>
    public virtual BulkRegistration? Bulk => null;

    /// <summary>One walk in order, each value once, over several walks that are each in the order of the same column.</summary>
    /// <param name="walks">SELECT statements that give that column alone.</param>
    public abstract string MergeOrdered(IEnumerable<string> walks, string column);
}
