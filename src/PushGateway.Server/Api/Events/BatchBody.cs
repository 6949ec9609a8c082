using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>The envelope of a batch, with its events as they came: each is judged by itself.</summary>
internal sealed class BatchBody : IBoundArgument, IBindableFromHttpContext<BatchBody>, IEndpointParameterMetadataProvider
{
    public const int MaxEvents = 1_000;

    /// <summary>What the envelope adds to the depth of each event, so that one may be nested as deep as when it is posted alone.</summary>
    private const int EnvelopeDepth = 2;

    private const string EventsField = "events";

    private readonly JsonElement _events;

    private BatchBody(JsonElement events) => _events = events;

    private BatchBody(ApiProblem? problem) => Problem = problem;

    public ApiProblem? Problem { get; }

    public int Count => _events.GetArrayLength();

    public IEnumerable<JsonElement> Events => _events.EnumerateArray();

    public static async ValueTask<BatchBody?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        if (!MediaTypes.IsJson(context.Request))
        {
            return new BatchBody(ApiProblem.WrongContentType(MediaTypes.Json));
        }

        var reader = context.RequestServices.GetRequiredService<BodyReader>();
        var (bytes, tooLarge) = await reader.ReadAsync(context);
        if (bytes is null)
        {
            return new BatchBody(tooLarge);
        }

        return JsonText.TryParse(bytes, reader.MaxJsonDepth + EnvelopeDepth, out var root, out var malformed) ? Open(root) : new BatchBody(malformed);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new RequestBodyMetadata(typeof(BatchRequest), [MediaTypes.Json]));

    private static BatchBody Open(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return new BatchBody(ApiProblem.Invalid(JsonText.Root, JsonShape.WrongType, "Must be an object."));
        }

        var errors = new FieldErrors();
        JsonElement? events = null;
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name != EventsField)
            {
                errors.Add(member.Name, JsonShape.UnknownField, "There is no such field.");
            }
            else if (events is not null)
            {
                errors.Add(EventsField, JsonShape.DuplicateField, "The field is given twice.");
            }
            else
            {
                events = member.Value;
            }
        }

        CheckEvents(events, errors);
        return errors.Any ? new BatchBody(errors.ToProblem()) : new BatchBody(events!.Value);
    }

    private static void CheckEvents(JsonElement? events, FieldErrors errors)
    {
        if (events is not { ValueKind: not JsonValueKind.Null } given)
        {
            errors.Add(EventsField, "field.missing", "Must be given.");
        }
        else if (given.ValueKind != JsonValueKind.Array)
        {
            errors.Add(EventsField, JsonShape.WrongType, "Must be an array.");
        }
        else if (given.GetArrayLength() is 0 or > MaxEvents)
        {
            errors.Add(EventsField, "batch.size", $"Must have 1 to {MaxEvents} events; it has {given.GetArrayLength()}.");
        }
    }
}
