using System.Reflection;
using System.Text.Json;
using CloudNative.CloudEvents;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>What was posted to be published: plain JSON, or a CloudEvent around it in structured or binary mode.</summary>
/// <remarks>Fields are named from the event's own body on, also when it is the <c>data</c> of a CloudEvent.</remarks>
internal sealed class PublishBody : IBoundArgument, IBindableFromHttpContext<PublishBody>, IEndpointParameterMetadataProvider
{
    private readonly PublishRequest? _request;

    private PublishBody(PublishRequest request, ReadOnlyMemory<byte> hash, CloudEvent? cloudEvent) =>
        (_request, Hash, CloudEvent) = (request, hash, cloudEvent);

    private PublishBody(ApiProblem? problem) => Problem = problem;

    public ApiProblem? Problem { get; }

    public PublishRequest Request => _request ?? throw new InvalidOperationException("The body was not read.");

    /// <summary>SHA-256 of what was asked for: the same for all spellings of the same JSON.</summary>
    public ReadOnlyMemory<byte> Hash { get; }

    /// <summary>The envelope, when there was one.</summary>
    public CloudEvent? CloudEvent { get; }

    public static async ValueTask<PublishBody?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var isStructured = MediaTypes.Is(context.Request, MediaTypes.CloudEvent);
        if (!isStructured && !MediaTypes.IsJson(context.Request))
        {
            return new PublishBody(ApiProblem.WrongContentType($"{MediaTypes.Json} or {MediaTypes.CloudEvent}"));
        }

        var reader = context.RequestServices.GetRequiredService<BodyReader>();
        var (bytes, tooLarge) = await reader.ReadAsync(context);
        if (bytes is null)
        {
            return new PublishBody(tooLarge);
        }

        if (isStructured)
        {
            return ParseStructured(bytes, reader.MaxJsonDepth);
        }

        // What is no JSON at all is told before what its headers lack.
        var body = JsonText.TryParse(bytes, reader.MaxJsonDepth, out var root, out var malformed) ? null : new PublishBody(malformed);
        return body ?? (!CloudEventEnvelope.IsBinaryMode(context.Request) ? Of(root, null)
            : CloudEventEnvelope.TryReadHeaders(context.Request, out var envelope, out var problem) ? Of(root, envelope)
            : new PublishBody(problem));
    }

    /// <summary>A CloudEvent in structured mode that was read elsewhere.</summary>
    public static PublishBody ParseStructured(ReadOnlyMemory<byte> utf8, int maxDepth) =>
        !JsonText.TryParse(utf8, maxDepth, out var root, out var malformed) ? new PublishBody(malformed)
        : CloudEventEnvelope.TryOpen(root, maxDepth, out var envelope, out var data, out var problem) ? Of(data, envelope)
        : new PublishBody(problem);

    /// <summary>Plain JSON that was read elsewhere.</summary>
    /// <param name="envelope">Of a CloudEvent in binary mode.</param>
    public static PublishBody Parse(ReadOnlyMemory<byte> utf8, int maxDepth, CloudEvent? envelope = null) =>
        JsonText.TryParse(utf8, maxDepth, out var root, out var malformed) ? Of(root, envelope) : new PublishBody(malformed);

    public static PublishBody Refused(ApiProblem problem) => new(problem);

    private static PublishBody Of(JsonElement root, CloudEvent? envelope)
    {
        var errors = new FieldErrors();
        return JsonBody<PublishRequest>.Bind(root, errors) is { } request
            ? new PublishBody(request, RequestHash.Of(root, request.Type ?? envelope?.Type), envelope)
            : new PublishBody(errors.ToProblem());
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new RequestBodyMetadata(typeof(PublishRequest), [MediaTypes.Json, MediaTypes.CloudEvent]));
}
