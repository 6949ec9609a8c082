using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using PushGateway.Admin.Tests.Browser;

namespace PushGateway.Admin.Tests.Access;

/// <summary>A browser without a window: keeps cookies, follows nothing.</summary>
internal sealed partial class Session : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="trusted">The gateway's certificate, where it is reached by https.</param>
    public Session(Uri address, X509Certificate2? trusted = null)
    {
        var handler = trusted is null ? new SocketsHttpHandler { AllowAutoRedirect = false } : TestCertificate.Trust(trusted);
        handler.CookieContainer = Cookies;
        _http = new HttpClient(handler) { BaseAddress = address };
    }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Http => _http;

    public static async Task<Session> SignInAsync(Uri address, string name, string password = Dashboard.Password)
    {
        var session = new Session(address);
        using var answer = await session.PostFormAsync("/admin/sign-in", "/admin/sign-in/password", new() { ["name"] = name, ["password"] = password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return session;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) => _http.SendAsync(new HttpRequestMessage(method, path), TestContext.Current.CancellationToken);

    /// <summary>As a browser does: the form's page first, for its token.</summary>
    public async Task<HttpResponseMessage> PostFormAsync(string page, string action, Dictionary<string, string> fields)
    {
        var html = await _http.GetStringAsync(page, TestContext.Current.CancellationToken);
        fields["__RequestVerificationToken"] = TokenOf(html);
        using var content = new FormUrlEncodedContent(fields);
        return await _http.PostAsync(action, content, TestContext.Current.CancellationToken);
    }

    public async Task<HttpResponseMessage> PostWithoutTokenAsync(string action, Dictionary<string, string> fields)
    {
        using var content = new FormUrlEncodedContent(fields);
        return await _http.PostAsync(action, content, TestContext.Current.CancellationToken);
    }

    public static string TokenOf(string html) => Token().Match(html).Groups[1].Value;

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
