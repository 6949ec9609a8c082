using System.Text;

namespace PushGateway.Simulator.Hosting;

/// <summary>An answer prepared in advance, byte for byte.</summary>
internal sealed record CannedAnswer
{
    /// <summary>What counters call it: the provider's word, or our own where the provider has none.</summary>
    public required string Reason { get; init; }

    public required int Status { get; init; }

    public byte[] Body { get; init; } = [];

    public string? ContentType { get; init; }

    public string? RetryAfter { get; init; }

    public static CannedAnswer Json(string reason, int status, string body) =>
        new() { Reason = reason, Status = status, Body = Encoding.UTF8.GetBytes(body), ContentType = "application/json; charset=UTF-8" };

    public static CannedAnswer Html(string reason, int status, string title) => new()
    {
        Reason = reason,
        Status = status,
        Body = Encoding.UTF8.GetBytes($"<!DOCTYPE html>\n<html lang=en>\n<title>Error {status} ({title})!!1</title>\n<p><b>{status}.</b> <ins>That's an error.</ins>\n"),
        ContentType = "text/html; charset=UTF-8",
    };
}
