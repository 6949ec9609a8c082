using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using PushGateway.Server.Api;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Json;

/// <summary>A request body of the given shape, or the problem with it. Endpoints see only those without a problem.</summary>
internal sealed class JsonBody<T> : IBoundArgument, IBindableFromHttpContext<JsonBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    private readonly T? _value;

    private JsonBody(T? value, ApiProblem? problem) => (_value, Problem) = (value, problem);

    public ApiProblem? Problem { get; }

    public T Value => _value ?? throw new InvalidOperationException("The body was not read.");

    /// <summary>A body that was read elsewhere.</summary>
    public static JsonBody<T> Of(T value) => new(value, null);

    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        if (!MediaTypes.IsJson(context.Request))
        {
            return new JsonBody<T>(null, ApiProblem.WrongContentType(MediaTypes.Json));
        }

        var reader = context.RequestServices.GetRequiredService<BodyReader>();
        var (bytes, tooLarge) = await reader.ReadAsync(context);
        if (bytes is null)
        {
            return new JsonBody<T>(null, tooLarge);
        }

        if (!JsonText.TryParse(bytes, reader.MaxJsonDepth, out var root, out var malformed))
        {
            return new JsonBody<T>(null, malformed);
        }

        var errors = new FieldErrors();
        var value = Bind(root, errors);
        return value is null ? new JsonBody<T>(null, errors.ToProblem()) : new JsonBody<T>(value, null);
    }

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static T? Bind(JsonElement root, FieldErrors errors)
    {
        var type = ApiJson.Default.GetTypeInfo(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T)} is no request of the API.");
        JsonShape.Check(root, type, string.Empty, errors);
        return errors.Any ? null : (T?)root.Deserialize(type);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new RequestBodyMetadata(typeof(T), [MediaTypes.Json]));
}
