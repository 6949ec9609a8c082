using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Fcm;

/// <summary>Judges the body of a send request: shape, exactly one target, FCM's own rules, size, form of the token.</summary>
internal static class FcmValidator
{
    private const int MaxMessageBytes = 4096;
    private const int MaxTokenLength = 4096;
    private const string InvalidArgument = "INVALID_ARGUMENT";

    /// <returns>The refusal, or null when <paramref name="request"/> is to be accepted.</returns>
    public static CannedAnswer? Check(ReadOnlySpan<byte> body, out FcmRequest request)
    {
        request = default;
        var reader = new FcmRequestReader(body);
        reader.Read();
        if (reader.ShapeViolations is { } violations)
        {
            return Refuse(string.Join('\n', violations.Select(violation => violation.Description)), FcmErrorBody.BadRequest(violations));
        }

        if (!reader.HasMessage)
        {
            return RefuseByRule(new FieldViolation("message", "Message must be specified."));
        }

        if (reader.Targets != 1)
        {
            return RefuseByRule(new FieldViolation("message", reader.Targets == 0
                ? "Recipient of the message is not set."
                : "Exactly one of token, fid, topic or condition is required."));
        }

        if (reader.RuleViolation is { } broken)
        {
            return RefuseByRule(broken);
        }

        if (reader.MessageBytes > MaxMessageBytes)
        {
            return Refuse("Message is too large. The maximum is 4K (4096 bytes).", FcmErrorBody.BadRequestWithoutViolations(), FcmErrorBody.FcmError(InvalidArgument));
        }

        request = new FcmRequest(reader.DeviceToken, reader.Audience, reader.ValidateOnly);
        return request.DeviceToken is { } token && !LooksLikeToken(token) ? FcmAnswerCatalog.Get(FcmAnswers.InvalidRegistrationToken) : null;
    }

    private static bool LooksLikeToken(string token) =>
        token.Length is > 0 and <= MaxTokenLength && !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static CannedAnswer RefuseByRule(FieldViolation violation) =>
        Refuse(violation.Description, FcmErrorBody.BadRequest(violation), FcmErrorBody.FcmError(InvalidArgument));

    private static CannedAnswer Refuse(string message, params System.Text.Json.Nodes.JsonObject[] details) =>
        CannedAnswer.Json(InvalidArgument, 400, FcmErrorBody.Envelope(400, InvalidArgument, message, details));
}
