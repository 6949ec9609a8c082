using System.Text;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Simulator.Counting;

/// <summary>The latest pushes. Slots and their buffers are reused, so remembering one costs a copy and no garbage that grows with the load.</summary>
internal sealed class RecentPushRing(int capacity, TimeProvider timeProvider)
{
    private const int KeptPayloadBytes = 8 * 1024;
    private readonly Lock _lock = new();
    private readonly Slot[] _slots = [.. Enumerable.Range(0, capacity).Select(_ => new Slot())];
    private long _recorded;

    public void Record(SimulatedProvider provider, HttpRequest request, ReadOnlySpan<char> token, ReadOnlySpan<byte> payload, int status, string? reason)
    {
        if (_slots.Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            var slot = _slots[_recorded++ % _slots.Length];
            slot.Provider = provider;
            slot.At = timeProvider.GetUtcNow();
            slot.Path = request.Path.Value ?? string.Empty;
            slot.Status = status;
            slot.Reason = reason;
            slot.KeepToken(token);
            slot.KeepPayload(payload);
            slot.Headers.Clear();
            foreach (var header in request.Headers)
            {
                slot.Headers.Add(new KeyValuePair<string, string>(header.Key, header.Value.ToString()));
            }
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RecentPush> Read()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_recorded, _slots.Length);
            return [.. Enumerable.Range(1, kept).Select(back => _slots[(_recorded - back) % _slots.Length].ToPush())];
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _recorded = 0;
        }
    }

    private sealed class Slot
    {
        private char[] _token = new char[256];
        private int _tokenLength;
        private byte[] _payload = new byte[1024];
        private int _payloadLength;

        public SimulatedProvider Provider { get; set; }

        public DateTimeOffset At { get; set; }

        public string Path { get; set; } = string.Empty;

        public int Status { get; set; }

        public string? Reason { get; set; }

        public List<KeyValuePair<string, string>> Headers { get; } = [];

        public void KeepToken(ReadOnlySpan<char> token)
        {
            if (token.Length > _token.Length)
            {
                _token = new char[token.Length];
            }

            token.CopyTo(_token);
            _tokenLength = token.Length;
        }

        public void KeepPayload(ReadOnlySpan<byte> payload)
        {
            payload = payload[..Math.Min(payload.Length, KeptPayloadBytes)];
            if (payload.Length > _payload.Length)
            {
                _payload = new byte[KeptPayloadBytes];
            }

            payload.CopyTo(_payload);
            _payloadLength = payload.Length;
        }

        public RecentPush ToPush() => new()
        {
            Provider = Provider,
            At = At,
            Path = Path,
            Token = new string(_token, 0, _tokenLength),
            Headers = Headers.ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase),
            Payload = Encoding.UTF8.GetString(_payload, 0, _payloadLength),
            Status = Status,
            Reason = Reason,
        };
    }
}
