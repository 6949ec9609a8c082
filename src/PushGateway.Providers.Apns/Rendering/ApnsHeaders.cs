using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns.Rendering;

/// <summary>The request headers of one event: the gateway's, then the publisher's over them, checked against Apple's rules.</summary>
internal sealed class ApnsHeaders
{
    public const int MaxCollapseIdBytes = 64;

    // Stands in where sizes are judged before an app has a credential.
    private const string PlaceholderBundleId = "com.example.app";

    private const string Topic = "apns-topic";
    private const string PushTypeHeader = "apns-push-type";
    private const string Priority = "apns-priority";
    private const string Expiration = "apns-expiration";
    private const string CollapseId = "apns-collapse-id";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly string _bundleId;

    private ApnsHeaders(string? bundleId) => _bundleId = bundleId ?? PlaceholderBundleId;

    public ApnsPushType PushType { get; private set; } = ApnsPushType.Alert;

    public bool HasOwnTopic => !string.Equals(_values[Topic], _bundleId, StringComparison.Ordinal);

    /// <param name="bundleId">The app's; <see langword="null"/> when it has no credential yet.</param>
    /// <param name="problem">The first rule that an override breaks. The headers are complete all the same.</param>
    public static ApnsHeaders Create(string? bundleId, PushEvent pushEvent, out RenderingProblem? problem)
    {
        var headers = new ApnsHeaders(bundleId) { PushType = pushEvent.Options.Silent ? ApnsPushType.Background : ApnsPushType.Alert };
        headers._values[Expiration] = pushEvent.Options.Ttl == TimeSpan.Zero
            ? "0"
            : pushEvent.Expiration.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        headers._values[CollapseId] = ToHeaderValue(pushEvent.CollapseId);

        problem = null;
        foreach (var (name, value) in pushEvent.Apns?.Headers ?? new Dictionary<string, string>(0))
        {
            problem ??= headers.Override(name, value);
        }

        headers._values[PushTypeHeader] = headers.PushType.Name;
        headers._values.TryAdd(Topic, headers._bundleId + headers.PushType.TopicSuffix);

        // Apple refuses a background notification of any other priority. Bulk may be grouped by the device to spare its battery.
        var usual = headers.PushType == ApnsPushType.Background || pushEvent.Options.Priority == EventPriority.Bulk ? "5" : "10";
        if (!headers._values.TryAdd(Priority, usual) && headers.PushType == ApnsPushType.Background && headers._values[Priority] == "10")
        {
            problem ??= Invalid(Priority, "A background notification has priority 5 or 1; 10 is refused.");
        }

        return headers;
    }

    public IReadOnlyList<PostHeader> ToList() => [.. _values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new PostHeader(pair.Key, pair.Value))];

    /// <summary>A collapse id only has to be equal for equal events; one that no header can carry is replaced by its digest.</summary>
    private static string ToHeaderValue(string collapseId) =>
        HeaderBlock.IsValue(collapseId) && collapseId.Length is > 0 and <= MaxCollapseIdBytes
            ? collapseId
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(collapseId)));

    private RenderingProblem? Override(string name, string? value)
    {
        if (value is null)
        {
            return Invalid(name, "A header has a text value.");
        }

        var problem = name switch
        {
            PushTypeHeader => SetPushType(value),
            Topic => CheckTopic(value),
            Priority => value is "10" or "5" or "1" ? null : Invalid(name, "The priority is 10, 5 or 1."),
            Expiration => IsEpochSeconds(value) ? null : Invalid(name, "The expiration is a number: Unix seconds, or 0 to try once."),
            CollapseId => HeaderBlock.IsValue(value) && value.Length is > 0 and <= MaxCollapseIdBytes
                ? null
                : Invalid(name, $"The collapse id is 1 to {MaxCollapseIdBytes} bytes of printable ASCII; this one has {Encoding.UTF8.GetByteCount(value)}."),
            "authorization" => Problem("headers.forbidden", name, "The gateway signs in with the app's own key."),
            "apns-id" => Problem("headers.forbidden", name, "The id names one notification; an event has one for each device."),
            _ when name.StartsWith(':') => Problem("headers.forbidden", name, "The request line belongs to the gateway."),
            _ => Problem("headers.unknown", name, $"APNs knows {PushTypeHeader}, {Topic}, {Priority}, {Expiration} and {CollapseId}."),
        };
        if (problem is null && name != PushTypeHeader)
        {
            _values[name] = value;
        }

        return problem;
    }

    private RenderingProblem? SetPushType(string value)
    {
        if (ApnsPushType.Find(value) is not { } pushType)
        {
            return Invalid(PushTypeHeader, $"The push type is one of {string.Join(", ", ApnsPushType.Names)}.");
        }

        PushType = pushType;
        return null;
    }

    private RenderingProblem? CheckTopic(string value)
    {
        var isWithin = HeaderBlock.IsValue(value) &&
            (string.Equals(value, _bundleId, StringComparison.Ordinal) || value.StartsWith(_bundleId + ".", StringComparison.Ordinal));
        return isWithin ? null : Problem("headers.forbidden", Topic, $"The topic is the app's bundle id {_bundleId}, or begins with it and a dot.");
    }

    private static bool IsEpochSeconds(string value) => value is { Length: > 0 and <= 10 } && value.All(char.IsAsciiDigit);

    private static RenderingProblem Invalid(string name, string detail) => Problem("headers.invalid", name, detail);

    private static RenderingProblem Problem(string code, string name, string detail) => new(code, "apns.headers." + name, detail);
}
