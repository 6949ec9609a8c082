using System.Reflection;
using PushGateway.Core.Apps;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>The app named in the address, as it stands at this moment.</summary>
internal sealed class RequestedApp : IBoundArgument, IBindableFromHttpContext<RequestedApp>
{
    private readonly App? _app;

    private RequestedApp(App? app) => _app = app;

    public App Value => _app ?? throw new InvalidOperationException("There is no such app.");

    public int Key => Value.Key;

    public ApiProblem? Problem => _app is null ? ApiProblem.NotFound("app.unknown", "There is no such app.") : null;

    /// <param name="app"><see langword="null"/>: there is none.</param>
    public static RequestedApp Of(App? app) => new(app);

    public static ValueTask<RequestedApp?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var app = context.GetRouteValue("app") is string id ? context.RequestServices.GetRequiredService<IAppStore>().Find(id) : null;
        return ValueTask.FromResult<RequestedApp?>(new RequestedApp(app));
    }
}
