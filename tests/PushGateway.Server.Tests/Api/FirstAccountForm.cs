using System.Net;
using System.Text.RegularExpressions;

namespace PushGateway.Server.Tests.Api;

/// <summary>A browser without a window that fills in the form behind the first sign-in link: keeps cookies, follows nothing.</summary>
internal sealed partial class FirstAccountForm(Uri gateway) : IDisposable
{
    private const string Password = "correct horse battery";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = gateway };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <returns>Where the answer leads.</returns>
    public async Task<string?> SubmitAsync(string link, string name)
    {
        // Where the link does not work any more there is no form; the sign-in page has a token as good for it.
        var html = await _http.GetStringAsync(link, Cancelled);
        var token = FormToken().Match(html) is { Success: true } found ? found : FormToken().Match(await _http.GetStringAsync("/admin/sign-in", Cancelled));
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = token.Groups[1].Value,
            ["token"] = Uri.UnescapeDataString(link.Split("token=")[1]),
            ["name"] = name,
            ["password"] = Password,
            ["again"] = Password,
        });
        using var answer = await _http.PostAsync("/admin/setup/create", content, Cancelled);
        return answer.Headers.Location?.OriginalString;
    }

    /// <summary>What the page is answered with, to whoever has signed in or not.</summary>
    public async Task<HttpStatusCode> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path, Cancelled);
        return answer.StatusCode;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
