using System.Text.Json;

namespace PushGateway.Providers.Fcm.Answers;

/// <summary>What could be read from an error answer of FCM; everything is optional, as bodies may be HTML, empty or cut short.</summary>
internal sealed record FcmError
{
    private const string FcmErrorType = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    private const string ApnsErrorType = "type.googleapis.com/google.firebase.fcm.v1.ApnsError";
    private const string ErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
    private const string BadRequestType = "type.googleapis.com/google.rpc.BadRequest";
    private const string InvalidTokenText = "not a valid FCM registration token";

    public static FcmError None { get; } = new();

    /// <summary>The FcmError detail's code, such as <c>UNREGISTERED</c>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The ErrorInfo detail's reason, such as <c>ACCESS_TOKEN_EXPIRED</c>.</summary>
    public string? InfoReason { get; init; }

    /// <summary>The canonical status, such as <c>NOT_FOUND</c>.</summary>
    public string? Status { get; init; }

    /// <summary>What APNs answered to FCM, for iOS devices behind Firebase.</summary>
    public int ApnsStatus { get; init; }

    /// <summary>Whether the registration token is said to be what is wrong.</summary>
    public bool NamesToken { get; init; }

    /// <summary>The text for people.</summary>
    public string? Message { get; init; }

    public static FcmError Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error)
                ? ReadError(error)
                : None;
        }
        catch (JsonException)
        {
            // HTML of a front end, nothing at all, or a body that was cut: the HTTP status has to do.
            return None;
        }
    }

    private static FcmError ReadError(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return error.ValueKind == JsonValueKind.String ? new FcmError { Message = error.GetString() } : None;
        }

        var message = Text(error, "message");
        var result = new FcmError
        {
            Status = Text(error, "status"),
            Message = message,
            NamesToken = message?.Contains(InvalidTokenText, StringComparison.Ordinal) ?? false,
        };
        if (error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array)
        {
            foreach (var detail in details.EnumerateArray())
            {
                result = detail.ValueKind == JsonValueKind.Object ? ReadDetail(result, detail) : result;
            }
        }

        return result;
    }

    private static FcmError ReadDetail(FcmError error, JsonElement detail) => Text(detail, "@type") switch
    {
        FcmErrorType => error with { ErrorCode = Text(detail, "errorCode") },
        ErrorInfoType => error with { InfoReason = Text(detail, "reason") },
        ApnsErrorType => error with
        {
            ApnsStatus = detail.TryGetProperty("statusCode", out var status) && status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var code) ? code : 0,
        },
        BadRequestType => error with { NamesToken = error.NamesToken || BlamesToken(detail) },
        _ => error,
    };

    private static bool BlamesToken(JsonElement badRequest)
    {
        if (!badRequest.TryGetProperty("fieldViolations", out var violations) || violations.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        var blames = false;
        foreach (var violation in violations.EnumerateArray())
        {
            // One other field at fault, and the token is not known to be.
            if (violation.ValueKind != JsonValueKind.Object || Text(violation, "field") != "message.token")
            {
                return false;
            }

            blames = true;
        }

        return blames;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
