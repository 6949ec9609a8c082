using System.Text;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>An event rendered for FCM: the request's bytes before and after the registration token.</summary>
internal sealed class FcmNotification : RenderedNotification
{
    public const int MaxBytes = 4096;

    private const string TokenPlaceholder = "<registration token>";

    private readonly byte[] _after;

    /// <param name="message">The message object without a token, UTF-8 JSON.</param>
    public FcmNotification(ReadOnlySpan<byte> message)
    {
        SizeBytes = SizeOf(message);

        // {…} becomes ",…}} behind the token; an empty {} becomes "}}.
        _after = message.Length > 2 ? [.. "\","u8, .. message[1..], (byte)'}'] : [.. "\"}}"u8];
    }

    public static ReadOnlySpan<byte> Before => "{\"message\":{\"token\":\""u8;

    public ReadOnlySpan<byte> After => _after;

    public override int SizeBytes { get; }

    public override int LimitBytes => MaxBytes;

    public override RenderedPreview Preview => new(
        new Dictionary<string, string>(0), Encoding.UTF8.GetString([.. Before, .. Encoding.UTF8.GetBytes(TokenPlaceholder), .. _after]));

    /// <summary>What FCM counts: the message object with an empty token.</summary>
    /// <param name="message">The message object without a token, UTF-8 JSON.</param>
    public static int SizeOf(ReadOnlySpan<byte> message) =>
        message.Length > 2 ? message.Length + "\"token\":\"\","u8.Length : "{\"token\":\"\"}"u8.Length;
}
