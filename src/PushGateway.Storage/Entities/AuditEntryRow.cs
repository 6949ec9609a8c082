namespace PushGateway.Storage.Entities;

internal sealed class AuditEntryRow
{
    public long AuditId { get; set; }

    public long AtMs { get; set; }

    public required string Actor { get; set; }

    public required string Action { get; set; }

    public required string Target { get; set; }

    public string? Detail { get; set; }
}
