using System.Globalization;

namespace PushGateway.FaultTests.Live;

/// <summary>What one client has of one channel, and whether it came as was promised.</summary>
internal sealed class LiveFollower(string name, string channel)
{
    private readonly List<(long Sequence, string Key)> _messages = [];
    private readonly List<string> _findings = [];

    public string Name => $"{name} in {channel}";

    public string Channel => channel;

    /// <summary>The last message it has; <see langword="null"/> until it was told where the channel stands.</summary>
    public long? Cursor { get; private set; }

    public long? Start { get; private set; }

    /// <summary>Times it was told that messages are gone.</summary>
    public int Gaps { get; private set; }

    /// <summary>Times its stream ended.</summary>
    public int Breaks { get; set; }

    public IReadOnlyList<(long Sequence, string Key)> Messages => _messages;

    public IReadOnlyList<string> Findings => _findings;

    public void Take(LiveStreamItem item)
    {
        if (item.Key is not null)
        {
            if (item.Sequence != Cursor + 1)
            {
                Find($"message {item.Sequence} after {Cursor}");
            }

            // Hundreds of clients have the same one.
            _messages.Add((item.Sequence, string.Intern(item.Key)));
        }
        else if (Cursor is not { } at)
        {
            Start = item.Sequence;
        }
        else if (item.IsRecovered && item.Sequence != at)
        {
            Find($"goes on from {item.Sequence} instead of {at}, and nothing is said to be missing");
        }
        else if (!item.IsRecovered)
        {
            Gaps++;
            if (item.Sequence < at)
            {
                Find($"goes back from {at} to {item.Sequence}");
            }
        }

        Cursor = item.Sequence;
    }

    public void Find(string what) => _findings.Add(string.Create(CultureInfo.InvariantCulture, $"{Name}: {what}"));
}
