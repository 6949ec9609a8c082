namespace PushGateway.FaultTests.Nodes;

internal enum NodeFault
{
    /// <summary>SIGTERM, and a start after a while.</summary>
    Stop,

    /// <summary>One gateway more.</summary>
    Join,

    Pause,

    Resume,

    Cancel,

    /// <summary>SIGKILL, and a start after a while.</summary>
    Kill,

    /// <summary>It stands still for a while.</summary>
    Freeze,

    /// <summary>All connections to the database end, and new ones are welcome.</summary>
    CutConnections,

    /// <summary>The database ends all connections and takes none for a while.</summary>
    CloseDatabase,
}

/// <summary>Something that is done to the gateways.</summary>
/// <param name="AfterMs">After what was done before it, whose consequences may last still.</param>
/// <param name="Number">Of the gateway or the event; the next that it can be done to.</param>
/// <param name="LastsMs">Until it is made good again, if that is to be.</param>
internal sealed record PlannedNodeFault(NodeFault Kind, int AfterMs, int Number, int LastsMs);
