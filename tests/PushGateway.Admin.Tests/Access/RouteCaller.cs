using System.Net;
using System.Text;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>Somebody who calls every route: with a key, a token, a session or nothing.</summary>
internal sealed class RouteCaller : IDisposable
{
    private readonly HttpClient _http;
    private readonly string[] _words;
    private readonly AdminRole? _role;
    private readonly bool _isAdminKey;
    private readonly bool _isOfAnotherApp;

    private RouteCaller(string name, HttpClient http, string[] words, AdminRole? role = null, bool isAdminKey = false, bool isOfAnotherApp = false) =>
        (Name, _http, _words, _role, _isAdminKey, _isOfAnotherApp) = (name, http, words, role, isAdminKey, isOfAnotherApp);

    public string Name { get; }

    public static RouteCaller Nobody(Uri address) => new("nobody", Client(address), []);

    public static RouteCaller Key(Uri address, string word, string key, bool isAdmin = false) =>
        new($"somebody with '{word}'", Client(address, key), [word], isAdminKey: isAdmin);

    public static RouteCaller KeyOfAnother(Uri address, string[] scopes, string key) => new("a key of another app", Client(address, key), scopes, isOfAnotherApp: true);

    public static RouteCaller Of(Session session, AdminRole role) => new($"a {role.Name()}", session.Http, [], role);

    /// <param name="table">What the table says of the route.</param>
    public bool MayReach(string route, string table)
    {
        var allowed = table.Split(' ');
        if (allowed is ["anyone"])
        {
            return true;
        }

        if (_role is { } role)
        {
            return allowed.Any(word => AdminRoles.TryParse(word, out var least) && role >= least);
        }

        var isOfKeys = allowed.Any(word => word is "key" or "publish" or "devices" or "read");
        return _isAdminKey ? isOfKeys : _words.Any(allowed.Contains) && !(_isOfAnotherApp && route.Contains("{app}", StringComparison.Ordinal));
    }

    public async Task<RouteAnswer> CallAsync(string route)
    {
        var (method, pattern) = (route[..route.IndexOf(' ', StringComparison.Ordinal)], route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..]);

        // A key that may delete the app must not, or nothing would be left to ask for.
        var app = _isAdminKey && method == "DELETE" ? "no-such-app" : "an-app";
        using var request = new HttpRequestMessage(new HttpMethod(method), Fill(pattern, app));
        if (method is "POST" or "PUT")
        {
            // Forms are found by their content type: with another one it is a page that answers.
            var isForm = pattern.StartsWith("/admin", StringComparison.Ordinal);
            request.Content = isForm ? new FormUrlEncodedContent([new("a", "b")]) : new StringContent("{}", Encoding.UTF8, "application/json");
        }

        // The head is enough: streams have no end.
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new RouteAnswer(answer.StatusCode, answer.Headers.Location?.OriginalString);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What may stand in the place of each parameter.</summary>
    private static string Fill(string pattern, string app)
    {
        var path = new StringBuilder();
        foreach (var segment in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path.Append('/').Append(segment switch
            {
                "{app}" => app,
                "{AppId}" => "an-app",
                "{provider}" => "apns",
                "{documentName?}" => "v1",
                "{*path:nonfile}" => "no/such/page",
                _ when segment.StartsWith('{') => "something",
                _ => segment,
            });
        }

        return path.Length == 0 ? "/" : path.ToString();
    }

    private static HttpClient Client(Uri address, string? key = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
        return http;
    }
}

internal readonly record struct RouteAnswer(HttpStatusCode Status, string? Location)
{
    /// <summary>Refused is who gets 401 or 403, or is led to the sign-in or to the page that says so.</summary>
    public bool IsLetIn => Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) &&
        !(Status == HttpStatusCode.Redirect && (Location!.Contains("/admin/sign-in", StringComparison.Ordinal) || Location.Contains("/admin/forbidden", StringComparison.Ordinal)));

    public override string ToString() => Location is null ? $"{(int)Status}" : $"{(int)Status} to {Location}";
}
