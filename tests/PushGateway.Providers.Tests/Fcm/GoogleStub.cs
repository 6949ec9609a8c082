using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PushGateway.Core.Providers;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Fcm;

/// <summary>FCM and the token endpoint on one address.</summary>
internal sealed class GoogleStub : IAsyncDisposable
{
    private int _issued;

    private GoogleStub()
    {
    }

    public StubServer Server { get; private set; } = null!;

    /// <summary>Access tokens handed out so far.</summary>
    public int Issued => Volatile.Read(ref _issued);

    public IReadOnlyList<StubRequest> Messages => [.. Server.Requests.Where(request => request.Path != "/token")];

    public IReadOnlyList<StubRequest> TokenRequests => [.. Server.Requests.Where(request => request.Path == "/token")];

    public FcmCredential Credential => Rig.CreateFcmCredential(Server.Endpoint, new Uri(Server.Endpoint, "/token"));

    /// <param name="send">Answers messages; accepts them by default.</param>
    /// <param name="token">Answers requests for an access token; <see langword="null"/> gives <c>token-1</c>, <c>token-2</c> and so on.</param>
    public static async Task<GoogleStub> StartAsync(Func<StubRequest, HttpContext, Task>? send = null, Func<StubRequest, HttpContext, Task>? token = null)
    {
        var stub = new GoogleStub();
        stub.Server = await StubServer.StartAsync(
            (request, context) => request.Path == "/token"
                ? token is null ? stub.IssueAsync(context) : token(request, context)
                : send is null ? StubServer.WriteAsync(context, 200, """{"name":"projects/demo-project/messages/1"}""") : send(request, context),
            protocols: HttpProtocols.Http1AndHttp2);
        return stub;
    }

    public Task IssueAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        var number = Interlocked.Increment(ref _issued).ToString(CultureInfo.InvariantCulture);
        return StubServer.WriteAsync(context, 200, $$"""{"access_token":"token-{{number}}","expires_in":3599,"token_type":"Bearer"}""");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
