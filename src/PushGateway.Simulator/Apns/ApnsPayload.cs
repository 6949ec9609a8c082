using System.Text.Json;

namespace PushGateway.Simulator.Apns;

/// <summary>Checks the JSON of a push. Apple does not publish how it judges payloads; the reasons chosen here are the closest of its own words.</summary>
internal static class ApnsPayload
{
    /// <returns>The reason to refuse the payload, or null.</returns>
    public static string? Check(ReadOnlySpan<byte> json, ApnsPushType? pushType)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return ApnsAnswers.PayloadEmpty;
            }

            var required = pushType == ApnsPushType.Mdm ? "mdm"u8 : "aps"u8;
            var found = false;
            var onlyContentAvailable = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isRequired = reader.ValueTextEquals(required);
                reader.Read();
                if (!isRequired || pushType == ApnsPushType.Mdm)
                {
                    found |= isRequired;
                    reader.Skip();
                    continue;
                }

                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return ApnsAnswers.PayloadEmpty;
                }

                found = true;
                onlyContentAvailable = HasOnlyContentAvailable(ref reader);
            }

            // Reading to the very end makes trailing rubbish an error.
            reader.Read();
            if (!found)
            {
                return ApnsAnswers.PayloadEmpty;
            }

            return pushType == ApnsPushType.Background && !onlyContentAvailable ? ApnsAnswers.InvalidPushType : null;
        }
        catch (JsonException)
        {
            return ApnsAnswers.PayloadEmpty;
        }
    }

    /// <summary>Reads the <c>aps</c> object to its end.</summary>
    private static bool HasOnlyContentAvailable(ref Utf8JsonReader reader)
    {
        var has = false;
        var others = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContentAvailable = reader.ValueTextEquals("content-available"u8);
            reader.Read();
            if (isContentAvailable && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) && value == 1)
            {
                has = true;
            }
            else
            {
                others = true;
                reader.Skip();
            }
        }

        return has && !others;
    }
}
