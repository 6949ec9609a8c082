using System.Net;
using System.Text.RegularExpressions;

namespace PushGateway.Benchmarks.Dashboard;

/// <summary>Signs in to the dashboard as a person does: with the link of the gateway's first start, or, where a kept store has the account already, by its password.</summary>
internal static partial class DashboardSignIn
{
    private const string Name = "benchmark";
    private const string Password = "viewers of a benchmark";

    /// <returns>The cookies of the session.</returns>
    /// <exception cref="BenchmarkException">The dashboard did not let us in.</exception>
    public static async Task<CookieContainer> SignInAsync(Uri gateway, string logFile, CancellationToken cancellationToken)
    {
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = gateway };
        var link = FirstLink().Match(await ReadAsync(logFile, cancellationToken));
        var (page, form) = link.Success ? (link.Value, "/admin/setup/create") : ("/admin/sign-in", "/admin/sign-in/password");
        var html = await http.GetStringAsync(new Uri(page, UriKind.Relative), cancellationToken);
        var fields = HiddenField().Matches(html).ToDictionary(field => field.Groups["name"].Value, field => WebUtility.HtmlDecode(field.Groups["value"].Value));
        (fields["name"], fields["password"], fields["again"]) = (Name, Password, Password);
        using var content = new FormUrlEncodedContent(fields);
        using var response = await http.PostAsync(new Uri(form, UriKind.Relative), content, cancellationToken);
        return response.Headers.Location?.OriginalString == "/admin"
            ? cookies
            : throw new BenchmarkException($"The dashboard answered {(int)response.StatusCode} to the sign-in, {response.Headers.Location}.");
    }

    private static async Task<string> ReadAsync(string logFile, CancellationToken cancellationToken)
    {
        // The gateway still writes to it.
        await using var file = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    [GeneratedRegex("/admin/setup\\?token=[A-Za-z0-9_-]+")]
    private static partial Regex FirstLink();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex HiddenField();
}
