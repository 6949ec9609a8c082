using PushGateway.Core.Webhooks;

namespace PushGateway.Storage.Entities;

/// <summary>A notice that waits for its webhook.</summary>
internal sealed class WebhookNoticeRow
{
    public long WebhookKey { get; set; }

    public long NoticeKey { get; set; }

    public WebhookNotices Kind { get; set; }

    public long AtMs { get; set; }

    public required byte[] Data { get; set; }
}
