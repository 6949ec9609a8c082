using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Api.Keys;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.OpenApi;

/// <summary>Adds to the generated document what the endpoints keep in their own metadata: bodies, parameters, keys, problems.</summary>
internal sealed class OpenApiDescription : IOpenApiDocumentTransformer, IOpenApiOperationTransformer, IOpenApiSchemaTransformer
{
    private const string KeyScheme = "apiKey";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "PushGateway",
            Version = "v1",
            Description = "One event in, one notification per device out, through APNs and FCM. Errors are RFC 9457 problem documents with a stable code. " +
                "accepted means that a provider took the notification; whether a device showed it cannot be seen from here.",
        };

        // Relative to where the document came from: behind a proxy, the process does not know its own address.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = $"An API key, made with POST /v1/keys. Its scopes are {ScopeNames.All}; admin includes the others.",
        };
        return Task.CompletedTask;
    }

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        AddParameters(operation, context.Description.RelativePath ?? string.Empty, metadata);
        if (metadata.OfType<RequestBodyMetadata>().LastOrDefault() is { } body)
        {
            var schema = await ReferToAsync(body.Type, context, cancellationToken);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = body.ContentTypes.ToDictionary(type => type, type => new OpenApiMediaType { Schema = type == MediaTypes.Csv ? null : schema }),
            };
        }

        var live = metadata.OfType<LiveRequirement>().LastOrDefault();
        if ((metadata.OfType<ScopeRequirement>().LastOrDefault()?.AnyOf ?? live?.AnyOf) is { } anyOf)
        {
            var names = string.Join(" or ", ScopeNames.Of(anyOf | ApiKeyScopes.Admin));
            var token = live switch
            {
                null => string.Empty,
                { MayBeInQuery: true } => " Or a subscriber's token that is good for the channel, which may also stand in the query as access_token.",
                { Use: TokenUse.Devices } => " Or a subscriber's token made with devices, for the devices of that subscriber.",
                { Use: TokenUse.Subscriptions } => " Or a subscriber's token made with subscribe, for that subscriber and those channels.",
                _ => " Or a subscriber's token, for the devices of that subscriber.",
            };
            operation.Description = $"{operation.Description} Scope: {names}.{token}".Trim();
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [] }];
        }

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A problem.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ApiProblem.ContentType] = new() { Schema = await ReferToAsync(typeof(ProblemDocument), context, cancellationToken) },
            },
        };
    }

    /// <remarks>What has a form of its own in JSON cannot be seen from its type.</remarks>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(TagMatch))
        {
            schema.Description = "The tag's value, a list of values of which it has one, true for a tag that is there, false for one that is not.";
            schema.AnyOf =
            [
                Text(), new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() }, new OpenApiSchema { Type = JsonSchemaType.Boolean },
            ];
        }

        return Task.CompletedTask;
    }

    /// <summary>Describes a record once, under its name, however many endpoints speak of it.</summary>
    private static async Task<IOpenApiSchema> ReferToAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document ?? throw new InvalidOperationException("There is no document to describe the operation in.");
        if (document.Components?.Schemas?.ContainsKey(type.Name) != true)
        {
            document.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellationToken));
        }

        return new OpenApiSchemaReference(type.Name, document);
    }

    private static void AddParameters(OpenApiOperation operation, string path, IList<object> metadata)
    {
        operation.Parameters ??= [];
        foreach (var segment in path.Split('/').Where(segment => segment.StartsWith('{')))
        {
            var name = segment.Trim('{', '}');
            if (operation.Parameters.All(parameter => parameter.Name != name))
            {
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = Text() });
            }
        }

        foreach (var query in metadata.OfType<QueryParameterMetadata>())
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = query.Name,
                In = ParameterLocation.Query,
                Description = query.Description,
                Schema = query.IsInteger ? new OpenApiSchema { Type = JsonSchemaType.Integer } : Text(),
            });
        }

        foreach (var header in metadata.OfType<HeaderParameterMetadata>())
        {
            operation.Parameters.Add(new OpenApiParameter { Name = header.Name, In = ParameterLocation.Header, Description = header.Description, Schema = Text() });
        }
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
