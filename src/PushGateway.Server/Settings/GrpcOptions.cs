namespace PushGateway.Server.Settings;

/// <summary>Where gRPC is spoken.</summary>
public sealed class GrpcOptions
{
    public const string SectionName = "PushGateway:Grpc";

    /// <summary>
    /// An address of its own for gRPC without TLS, such as <c>http://127.0.0.1:8081</c>: it speaks HTTP/2 and nothing else, because without TLS nobody could tell the two versions apart. With
    /// TLS gRPC needs none: every https address of the gateway speaks both. Default none.
    /// </summary>
    public string? Url { get; set; }
}
