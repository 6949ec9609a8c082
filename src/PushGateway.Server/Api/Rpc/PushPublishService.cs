using System.Text;
using Google.Protobuf;
using Grpc.Core;
using PushGateway.Core.Apps;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using Proto = PushGateway.V1;

namespace PushGateway.Server.Api.Rpc;

/// <summary>Publishing over gRPC. The messages are read as the JSON that they stand for, so rules, errors and idempotency keys are those of the HTTP API.</summary>
internal sealed class PushPublishService(EventEndpoints endpoints, IAppStore apps, BodyReader bodies) : Proto.PushPublish.PushPublishBase
{
    private const string EventField = "event";

    public override async Task<Proto.PublishReply> Publish(Proto.PublishRequest request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var app = RpcApp.Find(apps, request.App, http);
        var errors = new FieldErrors();
        string? key = null;
        if (request.HasIdempotencyKey)
        {
            IdempotencyKeyHeader.TryRead(request.IdempotencyKey, "idempotencyKey", errors, out key);
        }

        if (request.Event is null)
        {
            errors.Add(EventField, "field.missing", "Must be given.");
        }

        if (errors.Any)
        {
            throw errors.ToProblem().ToRpcException(http);
        }

        var body = PublishBody.Parse(ToJson(request.Event!, http), bodies.MaxJsonDepth);
        if (body.Problem is { } malformed)
        {
            throw malformed.ToRpcException(http);
        }

        var (record, replayed, problem) = await endpoints.PublishAsync(RequestedApp.Of(app), body, key, context.CancellationToken);
        if (record is null)
        {
            throw problem!.ToRpcException(http);
        }

        var answer = EventAccounts.Recorded(record);
        return new Proto.PublishReply
        {
            Id = answer.Id,
            State = answer.State,
            Replayed = replayed,
            EstimatedAudience = answer.EstimatedAudience,
            SendAt = UtcTimeConverter.Text(answer.SendAt),
            ExpiresAt = UtcTimeConverter.Text(answer.ExpiresAt),
        };
    }

    private static byte[] ToJson(Proto.PushEvent pushEvent, HttpContext http)
    {
        try
        {
            return Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(pushEvent));
        }
        catch (InvalidOperationException)
        {
            throw ApiProblem.Invalid(EventField, "event.invalid", "A google.protobuf.Value in it has no kind: it stands for no JSON.").ToRpcException(http);
        }
    }
}
