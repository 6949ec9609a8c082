using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Apns;

/// <summary>
/// Judges a push as APNs would, and in this order: headers twice, apns-id, method, topic present, collapse id, expiration, priority, push type, path, device token,
/// token known to be dead, token and topic, provider token, topic allowed, body present, size, payload.
/// Apple does not publish its order; this is the one the field's other simulators use.
/// </summary>
internal sealed class ApnsValidator
{
    /// <summary>100 bytes, the most Apple has announced.</summary>
    private const int MaxTokenLength = 200;
    private const int MaxCollapseIdBytes = 64;
    private const string MdmTopicPrefix = "com.apple.mgmt.";

    private static readonly string[] s_singleHeaders = ["authorization", "apns-id", "apns-topic", "apns-push-type", "apns-priority", "apns-expiration", "apns-collapse-id"];
    private static readonly TimeSpan s_maxAge = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_maxClockLead = TimeSpan.FromMinutes(5);

    private readonly string _bundleId;
    private readonly bool _useWellKnownTokens;
    private readonly ProviderTokenVerifier _verifier;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<ApnsPushType, string> _topics;

    public ApnsValidator(SimulatorOptions options, ProviderTokenVerifier verifier, TimeProvider timeProvider)
    {
        _bundleId = options.BundleId;
        _useWellKnownTokens = options.UseWellKnownTokens;
        _verifier = verifier;
        _timeProvider = timeProvider;
        _topics = ApnsPushType.All.ToDictionary(type => type, type => _bundleId + type.TopicSuffix);
    }

    /// <returns>The reason to refuse the push, or null when it is to be accepted.</returns>
    public string? Check(HttpRequest request, ReadOnlySpan<byte> body, SimulatedConnection connection)
    {
        var headers = request.Headers;
        var topic = headers["apns-topic"].ToString();
        var reason = CheckHeaders(request, topic, out var pushType)
            ?? CheckDeviceToken(request.Path.Value ?? string.Empty)
            ?? CheckTopic(topic, pushType)
            ?? CheckProviderToken(headers.Authorization.ToString(), connection);
        if (reason is not null)
        {
            return reason;
        }

        if (!IsTopicAllowed(topic, pushType))
        {
            return ApnsAnswers.TopicDisallowed;
        }

        if (body.IsEmpty)
        {
            return ApnsAnswers.PayloadEmpty;
        }

        return body.Length > PayloadLimit(topic, pushType) ? ApnsAnswers.PayloadTooLarge : ApnsPayload.Check(body, pushType);
    }

    /// <summary>The device token in a path, or nothing when the path has none.</summary>
    public static ReadOnlySpan<char> TokenOf(string path) =>
        path.StartsWith("/3/device/", StringComparison.Ordinal) ? path.AsSpan("/3/device/".Length) : default;

    public static bool IsMessageId(string text) => Guid.TryParseExact(text, "D", out _);

    private static string? CheckHeaders(HttpRequest request, string topic, out ApnsPushType? pushType)
    {
        pushType = null;
        var headers = request.Headers;
        foreach (var name in s_singleHeaders)
        {
            if (headers[name].Count > 1)
            {
                return ApnsAnswers.DuplicateHeaders;
            }
        }

        if (Given(headers["apns-id"], out var messageId) && !IsMessageId(messageId))
        {
            return ApnsAnswers.BadMessageId;
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            return ApnsAnswers.MethodNotAllowed;
        }

        if (topic.Length == 0)
        {
            return ApnsAnswers.MissingTopic;
        }

        if (Given(headers["apns-collapse-id"], out var collapseId) && Encoding.UTF8.GetByteCount(collapseId) > MaxCollapseIdBytes)
        {
            return ApnsAnswers.BadCollapseId;
        }

        if (Given(headers["apns-expiration"], out var expiration) && !long.TryParse(expiration, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return ApnsAnswers.BadExpirationDate;
        }

        var hasPriority = Given(headers["apns-priority"], out var priority);
        if (hasPriority && priority is not ("10" or "5" or "1"))
        {
            return ApnsAnswers.BadPriority;
        }

        if (Given(headers["apns-push-type"], out var typeName) && (pushType = ApnsPushType.Find(typeName)) is null)
        {
            return ApnsAnswers.InvalidPushType;
        }

        // Absent is 10, which a background push may not have.
        return pushType == ApnsPushType.Background && priority is not "5" ? ApnsAnswers.BadPriority : null;
    }

    private string? CheckDeviceToken(string path)
    {
        if (path is "/3/device" or "/3/device/")
        {
            return ApnsAnswers.MissingDeviceToken;
        }

        var token = TokenOf(path);
        if (token.IsEmpty || token.Contains('/'))
        {
            return ApnsAnswers.BadPath;
        }

        if (token.Length % 2 != 0 || token.Length > MaxTokenLength || token.ContainsAnyExcept(s_hexDigits))
        {
            return ApnsAnswers.BadDeviceToken;
        }

        return _useWellKnownTokens ? WellKnownRefusal(token) : null;
    }

    private static readonly System.Buffers.SearchValues<char> s_hexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private static string? WellKnownRefusal(ReadOnlySpan<char> token)
    {
        const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;
        if (token.StartsWith(WellKnownTokens.ApnsUnregistered, AnyCase))
        {
            return ApnsAnswers.Unregistered;
        }

        if (token.StartsWith(WellKnownTokens.ApnsBad, AnyCase))
        {
            return ApnsAnswers.BadDeviceToken;
        }

        if (token.StartsWith(WellKnownTokens.ApnsExpiredToken, AnyCase))
        {
            return ApnsAnswers.ExpiredToken;
        }

        return token.StartsWith(WellKnownTokens.ApnsOtherApp, AnyCase) ? ApnsAnswers.DeviceTokenNotForTopic : null;
    }

    /// <summary>A topic must look like one, and a topic of our app must be the one its push type asks for.</summary>
    private string? CheckTopic(string topic, ApnsPushType? pushType)
    {
        foreach (var character in topic)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '-' or '_'))
            {
                return ApnsAnswers.BadTopic;
            }
        }

        if (pushType is null || pushType == ApnsPushType.Mdm || topic == _topics[pushType])
        {
            return null;
        }

        return _topics.ContainsValue(topic) ? ApnsAnswers.BadTopic : null;
    }

    private string? CheckProviderToken(string authorization, SimulatedConnection connection)
    {
        if (!authorization.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase) || authorization.Length == "bearer ".Length)
        {
            return ApnsAnswers.MissingProviderToken;
        }

        var now = _timeProvider.GetUtcNow();
        if (_verifier.Verify(authorization) is not { } token || token.Key.Revoked || token.IssuedAt > now + s_maxClockLead)
        {
            return ApnsAnswers.InvalidProviderToken;
        }

        return now - token.IssuedAt > s_maxAge ? ApnsAnswers.ExpiredProviderToken : connection.ApnsTokens.Use(token, now);
    }

    private bool IsTopicAllowed(string topic, ApnsPushType? pushType)
    {
        if (pushType == ApnsPushType.Mdm)
        {
            return topic.StartsWith(MdmTopicPrefix, StringComparison.Ordinal);
        }

        return pushType is null ? _topics.ContainsValue(topic) : topic == _topics[pushType];
    }

    private int PayloadLimit(string topic, ApnsPushType? pushType) =>
        (pushType ?? (topic == _topics[ApnsPushType.Voip] ? ApnsPushType.Voip : ApnsPushType.Alert)).PayloadLimit;

    private static bool Given(StringValues header, out string value)
    {
        value = header.ToString();
        return header.Count > 0;
    }
}
