using System.Collections.Frozen;
using System.Text;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Apns;

/// <summary>The answer to each reason: its status and its bytes.</summary>
internal static class ApnsAnswerCatalog
{
    private const string ContentType = "application/json";

    private static readonly FrozenDictionary<string, CannedAnswer> s_answers = new[]
    {
        Answers(400,
            ApnsAnswers.BadCollapseId, ApnsAnswers.BadDeviceToken, ApnsAnswers.BadExpirationDate, ApnsAnswers.BadMessageId, ApnsAnswers.BadPriority, ApnsAnswers.BadTopic,
            ApnsAnswers.DeviceTokenNotForTopic, ApnsAnswers.DuplicateHeaders, ApnsAnswers.IdleTimeout, ApnsAnswers.InvalidPushType, ApnsAnswers.MissingDeviceToken,
            ApnsAnswers.MissingTopic, ApnsAnswers.PayloadEmpty, ApnsAnswers.TopicDisallowed),
        Answers(403,
            ApnsAnswers.BadCertificate, ApnsAnswers.BadCertificateEnvironment, ApnsAnswers.ExpiredProviderToken, ApnsAnswers.Forbidden, ApnsAnswers.InvalidProviderToken,
            ApnsAnswers.MissingProviderToken, ApnsAnswers.UnrelatedKeyIdInToken, ApnsAnswers.BadEnvironmentKeyIdInToken, ApnsAnswers.BadEnvironmentKeyInToken),
        Answers(404, ApnsAnswers.BadPath),
        Answers(405, ApnsAnswers.MethodNotAllowed),
        Answers(410, ApnsAnswers.ExpiredToken, ApnsAnswers.Unregistered),
        Answers(413, ApnsAnswers.PayloadTooLarge),
        Answers(429, ApnsAnswers.TooManyProviderTokenUpdates, ApnsAnswers.TooManyRequests),
        Answers(500, ApnsAnswers.InternalServerError),
        Answers(503, ApnsAnswers.ServiceUnavailable, ApnsAnswers.Shutdown),
    }.SelectMany(answers => answers).ToFrozenDictionary(answer => answer.Reason, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => s_answers.Keys;

    public static bool Contains(string reason) => s_answers.ContainsKey(reason);

    /// <summary>The answer for a reason; a 410 gets its <c>timestamp</c>, in milliseconds.</summary>
    public static CannedAnswer Get(string reason, DateTimeOffset timestamp)
    {
        var answer = s_answers[reason];
        return answer.Status == 410
            ? answer with { Body = Encoding.ASCII.GetBytes($"{{\"reason\":\"{reason}\",\"timestamp\":{timestamp.ToUnixTimeMilliseconds()}}}") }
            : answer;
    }

    private static IEnumerable<CannedAnswer> Answers(int status, params string[] reasons) => reasons.Select(reason => new CannedAnswer
    {
        Reason = reason,
        Status = status,
        Body = Encoding.ASCII.GetBytes($"{{\"reason\":\"{reason}\"}}"),
        ContentType = ContentType,
    });
}
