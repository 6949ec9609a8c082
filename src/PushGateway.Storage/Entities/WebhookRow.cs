using PushGateway.Core.Webhooks;

namespace PushGateway.Storage.Entities;

/// <summary>An address that is told what happened to an app.</summary>
internal sealed class WebhookRow
{
    public long WebhookKey { get; set; }

    public int AppKey { get; set; }

    public required string WebhookId { get; set; }

    public required string Url { get; set; }

    /// <summary>Encrypted.</summary>
    public required byte[] Secret { get; set; }

    public WebhookNotices Notices { get; set; }

    public bool IsEnabled { get; set; }

    public long CreatedAtMs { get; set; }

    public long? ParkedAtMs { get; set; }

    public string? LastError { get; set; }

    public long? LastSuccessAtMs { get; set; }

    /// <summary>Notices given up because too many waited.</summary>
    public long Dropped { get; set; }
}
