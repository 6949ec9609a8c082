using System.Globalization;
using System.Text.Json;

namespace PushGateway.Simulator.Tests;

/// <summary>Every error FCM has, as bytes on the wire.</summary>
public sealed class FcmAnswerTests
{
    /// <summary>Name, HTTP status, <c>error.status</c>, FcmError code, ErrorInfo reason, ApnsError status; empty where the answer has none.</summary>
    public static TheoryData<string, int, string, string, string, int> Errors { get; } = new()
    {
        { "INVALID_REGISTRATION_TOKEN", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "", 0 },
        { "INVALID_PAYLOAD", 400, "INVALID_ARGUMENT", "", "", 0 },
        { "APNS_UNREGISTERED", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "", 410 },
        { "UNREGISTERED", 404, "NOT_FOUND", "UNREGISTERED", "", 0 },
        { "NOT_REGISTERED", 404, "NOT_FOUND", "UNREGISTERED", "", 0 },
        { "SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "", 0 },
        { "QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "", 0 },
        { "QUOTA_EXCEEDED_WITH_VIOLATIONS", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "", 0 },
        { "RATE_LIMIT_EXCEEDED", 429, "RESOURCE_EXHAUSTED", "", "RATE_LIMIT_EXCEEDED", 0 },
        { "UNAVAILABLE", 503, "UNAVAILABLE", "UNAVAILABLE", "", 0 },
        { "INTERNAL", 500, "INTERNAL", "INTERNAL", "", 0 },
        { "THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", "", 403 },
        { "APNS_AUTH_ERROR", 401, "UNAUTHENTICATED", "APNS_AUTH_ERROR", "", 403 },
        { "UNSPECIFIED_ERROR", 500, "UNKNOWN", "UNSPECIFIED_ERROR", "", 0 },
        { "ACCESS_TOKEN_EXPIRED", 401, "UNAUTHENTICATED", "", "ACCESS_TOKEN_EXPIRED", 0 },
        { "ACCESS_TOKEN_TYPE_UNSUPPORTED", 401, "UNAUTHENTICATED", "", "ACCESS_TOKEN_TYPE_UNSUPPORTED", 0 },
        { "CREDENTIALS_MISSING", 401, "UNAUTHENTICATED", "", "CREDENTIALS_MISSING", 0 },
        { "ACCESS_TOKEN_SCOPE_INSUFFICIENT", 403, "PERMISSION_DENIED", "", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", 0 },
        { "PERMISSION_DENIED", 403, "PERMISSION_DENIED", "", "IAM_PERMISSION_DENIED", 0 },
        { "SERVICE_DISABLED", 403, "PERMISSION_DENIED", "", "SERVICE_DISABLED", 0 },
        { "PROJECT_NOT_FOUND", 404, "NOT_FOUND", "", "", 0 },
    };

    /// <summary>Answers that are not an error envelope.</summary>
    private static readonly string[] s_withoutEnvelope = ["NOT_FOUND_HTML", "BAD_GATEWAY_HTML", "SERVICE_UNAVAILABLE_HTML", "TRUNCATED_JSON", "TRUNCATED_SUCCESS"];

    [Fact]
    public async Task Rule_EveryError_HasItsStatusAndDetails()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        foreach (var (name, http, status, fcmError, errorInfo, apnsStatus) in Errors.Select(row => row.Data))
        {
            fixture.Control.AddRule(new FaultRule { Id = "only", Provider = SimulatedProvider.Fcm, Action = new FaultAction { Answer = name } });

            var answer = await fixture.Fcm.PushAsync();

            var error = answer.Json.GetProperty("error");
            Assert.Equal(http, answer.Code);
            Assert.Equal(http, error.GetProperty("code").GetInt32());
            Assert.Equal(status, error.GetProperty("status").GetString());
            Assert.NotEmpty(error.GetProperty("message").GetString()!);
            Assert.Equal(fcmError, Detail(error, "google.firebase.fcm.v1.FcmError", "errorCode"));
            Assert.Equal(errorInfo, Detail(error, "google.rpc.ErrorInfo", "reason"));
            Assert.Equal(apnsStatus == 0 ? "" : apnsStatus.ToString(CultureInfo.InvariantCulture), Detail(error, "google.firebase.fcm.v1.ApnsError", "statusCode"));
        }

        Assert.Equal(FcmAnswers.All.Order(StringComparer.Ordinal), Errors.Select(row => row.Data.Item1).Concat(s_withoutEnvelope).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("NOT_FOUND_HTML", 404, true)]
    [InlineData("BAD_GATEWAY_HTML", 502, true)]
    [InlineData("SERVICE_UNAVAILABLE_HTML", 503, true)]
    [InlineData("TRUNCATED_JSON", 500, false)]
    [InlineData("TRUNCATED_SUCCESS", 200, false)]
    public async Task Rule_AnswerWithoutEnvelope_CannotBeParsed(string name, int status, bool html)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Provider = SimulatedProvider.Fcm, Action = new FaultAction { Answer = name } });

        var answer = await fixture.Fcm.PushAsync();

        Assert.Equal(status, answer.Code);
        Assert.Equal(html ? "text/html" : "application/json", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.ThrowsAny<JsonException>(() => answer.Json);
    }

    [Fact]
    public async Task Rule_RetryAfter_ComesInEveryForm()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        async Task<string?> RetryAfterAsync(FaultAction action)
        {
            fixture.Control.AddRule(new FaultRule { Id = "only", Provider = SimulatedProvider.Fcm, Action = action });
            return (await fixture.Fcm.PushAsync()).Header("retry-after");
        }

        Assert.Null(await RetryAfterAsync(new FaultAction { Answer = FcmAnswers.QuotaExceeded }));
        Assert.Equal("30", await RetryAfterAsync(new FaultAction { Answer = FcmAnswers.QuotaExceeded, RetryAfterSeconds = 30 }));
        Assert.Equal(
            fixture.Clock.GetUtcNow().AddSeconds(30).ToString("R", CultureInfo.InvariantCulture),
            await RetryAfterAsync(new FaultAction { Answer = FcmAnswers.QuotaExceeded, RetryAfterSeconds = 30, RetryAfterAsDate = true }));
    }

    private static string Detail(JsonElement error, string type, string property)
    {
        if (!error.TryGetProperty("details", out var details))
        {
            return "";
        }

        var found = details.EnumerateArray().Where(detail => detail.GetProperty("@type").GetString() == $"type.googleapis.com/{type}").ToList();
        return found.Count == 0 ? "" : found[0].GetProperty(property).ToString();
    }
}
