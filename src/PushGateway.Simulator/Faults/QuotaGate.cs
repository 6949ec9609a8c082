using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Faults;

/// <summary>Counts pushes against <see cref="SimulatorQuotas"/>.</summary>
internal sealed class QuotaGate(TimeProvider timeProvider, SimulatorQuotas quotas)
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly TokenTally _perToken = new();
    private SimulatorQuotas _quotas = quotas;
    private DateTimeOffset _projectWindow;
    private DateTimeOffset _tokenWindow;
    private int _projectMessages;

    // When the last messages came, as many as the limit, in a circle.
    private DateTimeOffset[] _accepted = [];
    private long _acceptedCount;

    public SimulatorQuotas Quotas
    {
        get => Volatile.Read(ref _quotas);
        set
        {
            lock (_lock)
            {
                _quotas = value;
                Restart();
            }
        }
    }

    /// <summary>Counts a request of the FCM project; false when it is one too many.</summary>
    public bool TryTakeProject()
    {
        if (Quotas.FcmMessagesPerMinute is not { } limit)
        {
            return true;
        }

        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (_quotas.FcmWindowSlides)
            {
                return TryTakeSliding(now, limit);
            }

            if (now - _projectWindow >= s_window)
            {
                _projectWindow = now;
                _projectMessages = 0;
            }

            return ++_projectMessages <= limit;
        }
    }

    /// <summary>Whether the message that came <paramref name="limit"/> messages ago came more than a window ago.</summary>
    private bool TryTakeSliding(DateTimeOffset now, int limit)
    {
        if (_accepted.Length != limit)
        {
            _accepted = new DateTimeOffset[limit];
        }

        var oldest = (int)(_acceptedCount % limit);
        if (_acceptedCount >= limit && now - _accepted[oldest] < s_window)
        {
            return false;
        }

        _accepted[oldest] = now;
        _acceptedCount++;
        return true;
    }

    /// <summary>Counts a push to a device token; false when it is one too many.</summary>
    public bool TryTakeToken(TokenKey token)
    {
        if (Quotas.MessagesPerTokenPerMinute is not { } limit)
        {
            return true;
        }

        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (now - _tokenWindow >= s_window)
            {
                _tokenWindow = now;
                _perToken.Clear();
            }

            return _perToken.Increment(token) <= limit;
        }
    }

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Restart();
        }
    }

    private void Restart()
    {
        _projectWindow = default;
        _tokenWindow = default;
        _projectMessages = 0;
        (_accepted, _acceptedCount) = ([], 0);
        _perToken.Clear();
    }
}
