using System.Text;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns.Rendering;

/// <summary>An event rendered for APNs: only the token in the path and the authorization are missing.</summary>
internal sealed class ApnsNotification(ApnsPushType pushType, IReadOnlyList<PostHeader> headers, byte[] payload) : RenderedNotification
{
    public HeaderBlock Headers { get; } = new(headers);

    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>Whether the topic is the event's choice rather than the app's bundle id, so that a refusal of it is not about the credential.</summary>
    public required bool HasOwnTopic { get; init; }

    public override int SizeBytes => payload.Length;

    public override int LimitBytes => pushType.LimitBytes;

    public override RenderedPreview Preview => new(
        Headers.Headers.ToDictionary(header => header.Name, header => header.Value), Encoding.UTF8.GetString(payload));
}
