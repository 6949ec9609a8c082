namespace PushGateway.Core.Providers;

/// <summary>An event rendered for one provider and one content variant; only the device token is missing.</summary>
/// <remarks>Each provider derives its own, with what its encoder needs prepared: header values, or the bytes before and after the token.</remarks>
public abstract class RenderedNotification
{
    /// <summary>Bytes that count against <see cref="LimitBytes"/>, as the provider counts them.</summary>
    public abstract int SizeBytes { get; }

    public abstract int LimitBytes { get; }

    /// <summary>What would be sent to a device, as text for people: the validate call shows it.</summary>
    public abstract RenderedPreview Preview { get; }

    /// <summary>Why the provider would refuse it, or <see langword="null"/>. Found before the event is acknowledged.</summary>
    public RenderingProblem? Problem { get; init; }
}

/// <summary>A rendered notification as shown to people.</summary>
/// <param name="Headers">Header names and values that depend on the event, without authorization.</param>
/// <param name="Payload">The JSON body; for FCM with a placeholder where the token goes.</param>
public sealed record RenderedPreview(IReadOnlyDictionary<string, string> Headers, string Payload);

/// <summary>Why an event cannot be sent through a provider.</summary>
/// <param name="Code">Stable code, such as <c>payload.tooLarge</c>.</param>
/// <param name="Field">The contract's name of the field at fault, such as <c>apns.headers.apns-priority</c>.</param>
/// <param name="Detail">The rule and both numbers, in words.</param>
public sealed record RenderingProblem(string Code, string Field, string Detail);
