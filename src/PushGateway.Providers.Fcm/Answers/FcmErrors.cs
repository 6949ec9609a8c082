namespace PushGateway.Providers.Fcm.Answers;

/// <summary>Reads error answers, each text only once: an outage and a broadcast to many dead tokens bring the same few thousands of times. Safe for concurrent use.</summary>
internal sealed class FcmErrors
{
    private const int Texts = 8;

    /// <summary>Bytes of a text that is worth remembering; those of FCM have a few hundred.</summary>
    private const int LongestText = 2_048;

    // Replaced as a whole, never changed. Two that learn at the same time may forget what one of them has learnt.
    private volatile Entry[] _known = [];

    public FcmError Read(ReadOnlySpan<byte> body)
    {
        var known = _known;
        foreach (var entry in known)
        {
            if (body.SequenceEqual(entry.Body))
            {
                return entry.Error;
            }
        }

        var error = FcmError.Read(body);
        if (body.Length <= LongestText)
        {
            _known = [new Entry(body.ToArray(), error), .. known.Take(Texts - 1)];
        }

        return error;
    }

    private sealed record Entry(byte[] Body, FcmError Error);
}
