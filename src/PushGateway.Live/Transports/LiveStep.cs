namespace PushGateway.Live.Transports;

/// <summary>What a live subscriber is to be told next.</summary>
public enum LiveStepKind
{
    /// <summary>Where the stream stands: at the beginning, and when messages were missed.</summary>
    State,

    Messages,

    /// <summary>Nothing for a while, or who is in the channel has changed: a sign of life is in order.</summary>
    Quiet,

    /// <summary>Why nothing more comes; the last step.</summary>
    End,

    /// <summary>Nothing is to be told: the stream waits. Never given out.</summary>
    Waiting,

    /// <summary>Nothing is to be told yet: what is next has to be read from the history. Never given out.</summary>
    Behind,

    /// <summary>Nothing is to be told yet: whether the client may still listen has to be asked. Never given out.</summary>
    Asking,
}

/// <summary>One step of a <see cref="LiveStream"/>. Valid until the next one is asked for.</summary>
public readonly record struct LiveStep(LiveStepKind Kind)
{
    /// <summary>Of <see cref="LiveStepKind.State"/>: nothing is missing between what the client had and what comes next.</summary>
    public bool IsRecovered { get; init; }

    /// <summary>Of <see cref="LiveStepKind.State"/>: the place from which it goes on.</summary>
    public long Cursor { get; init; }

    /// <summary>Of <see cref="LiveStepKind.Messages"/>: consecutive, one or more.</summary>
    public IReadOnlyList<LiveFrame> Frames { get => field ?? []; init; }

    /// <summary>Of <see cref="LiveStepKind.End"/>: one of <see cref="EndReasons"/>.</summary>
    public string? Reason { get; init; }

    internal static LiveStep State(bool isRecovered, long cursor) => new(LiveStepKind.State) { IsRecovered = isRecovered, Cursor = cursor };

    internal static LiveStep Messages(IReadOnlyList<LiveFrame> frames) => new(LiveStepKind.Messages) { Frames = frames };

    internal static LiveStep End(string reason) => new(LiveStepKind.End) { Reason = reason };
}
