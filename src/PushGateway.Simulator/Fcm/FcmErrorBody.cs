using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Simulator.Fcm;

/// <summary>Google's error envelope and the details that can be in it.</summary>
internal static class FcmErrorBody
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Envelope(int code, string status, string message, params JsonObject[] details)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message, ["status"] = status };
        if (details.Length > 0)
        {
            error["details"] = new JsonArray([.. details]);
        }

        return new JsonObject { ["error"] = error }.ToJsonString(s_json);
    }

    public static JsonObject FcmError(string errorCode) =>
        new() { ["@type"] = "type.googleapis.com/google.firebase.fcm.v1.FcmError", ["errorCode"] = errorCode };

    public static JsonObject ApnsError(int statusCode, string reason) =>
        new() { ["@type"] = "type.googleapis.com/google.firebase.fcm.v1.ApnsError", ["statusCode"] = statusCode, ["reason"] = reason };

    public static JsonObject BadRequest(params IEnumerable<FieldViolation> violations) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
        ["fieldViolations"] = new JsonArray([.. violations.Select(ToJson)]),
    };

    /// <summary>As seen for messages that are too large.</summary>
    public static JsonObject BadRequestWithoutViolations() => new() { ["@type"] = "type.googleapis.com/google.rpc.BadRequest" };

    public static JsonObject QuotaFailure(string subject, string description) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.QuotaFailure",
        ["violations"] = new JsonArray(new JsonObject { ["subject"] = subject, ["description"] = description }),
    };

    public static JsonObject ErrorInfo(string reason, JsonObject metadata) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
        ["reason"] = reason,
        ["domain"] = "googleapis.com",
        ["metadata"] = metadata,
    };

    private static JsonNode ToJson(FieldViolation violation)
    {
        var json = new JsonObject();
        if (violation.Field.Length > 0)
        {
            json["field"] = violation.Field;
        }

        json["description"] = violation.Description;
        return json;
    }
}
