using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace PushGateway.Admin.Shared;

/// <summary>Simulated phones, as the API would be told of real ones.</summary>
internal static class SamplePhones
{
    public static JsonObject Apple() => new()
    {
        ["provider"] = "apns",
        ["token"] = "5a" + RandomNumberGenerator.GetHexString(62, lowercase: true),
        ["subscriber"] = "first-subscriber",
        ["locale"] = "en",
    };

    public static JsonObject Android() => new()
    {
        ["provider"] = "fcm",
        ["token"] = "sample:APA91b" + RandomNumberGenerator.GetHexString(120),
        ["subscriber"] = "first-subscriber",
        ["locale"] = "en",
    };
}
