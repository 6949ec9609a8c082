using System.Text.Json.Nodes;
using PushGateway.Core.Events;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>Tells the app which event a message is of: <see cref="PayloadKeys.Event"/>.</summary>
internal static class FcmEventId
{
    // Each of these, where a publisher gives it, takes the place of the message's data on its platform.
    private static readonly string[] s_platforms = ["android", "webpush"];

    /// <param name="message">The whole message, with the publisher's own fields; changed in place.</param>
    public static void Put(JsonObject message, string eventId)
    {
        if (message["data"] is not JsonObject data)
        {
            data = [];
            message["data"] = data;
        }

        data[PayloadKeys.Event] = eventId;
        foreach (var platform in s_platforms)
        {
            if ((message[platform] as JsonObject)?["data"] is JsonObject own)
            {
                own[PayloadKeys.Event] = eventId;
            }
        }
    }
}
