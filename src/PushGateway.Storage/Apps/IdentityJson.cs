using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Core.Apps;

namespace PushGateway.Storage.Apps;

/// <summary>The form in which an app's identity is kept.</summary>
internal static class IdentityJson
{
    public static string Write(AppIdentity identity) => JsonSerializer.Serialize(identity, IdentityJsonContext.Default.AppIdentity);

    public static AppIdentity Read(string text, long version) =>
        JsonSerializer.Deserialize(text, IdentityJsonContext.Default.AppIdentity)! with { Version = version };
}

[JsonSerializable(typeof(AppIdentity))]
internal sealed partial class IdentityJsonContext : JsonSerializerContext;
