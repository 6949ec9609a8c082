using PushGateway.Client.Events;

namespace PushGateway.FaultTests.Runs;

internal static class Samples
{
    public static EventRequest Event(EventAudience audience, int? rate) => new()
    {
        Type = "video.published",
        Audience = audience,
        Notification = new EventNotification { Title = "New video", Body = "Watch it now" },
        Options = new EventRequestOptions { TtlSeconds = 3_600, MaxRatePerSecond = rate },
    };
}
