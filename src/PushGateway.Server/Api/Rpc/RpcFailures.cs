using Grpc.Core;
using Grpc.Core.Interceptors;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Rpc;

/// <summary>Makes a status of every failure of a method: gRPC would call all of them unknown.</summary>
internal sealed class RpcFailures(FailureProblems failures) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception failure) when (failure is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            throw Describe(context, failure);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception failure) when (failure is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            throw Describe(context, failure);
        }
    }

    private RpcException Describe(ServerCallContext context, Exception failure)
    {
        var http = context.GetHttpContext();
        return failures.Describe(http, failure).ToRpcException(http);
    }
}
