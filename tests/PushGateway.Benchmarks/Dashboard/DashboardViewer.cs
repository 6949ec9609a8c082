using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace PushGateway.Benchmarks.Dashboard;

/// <summary>One page of the dashboard, open: takes what is drawn and says so, as the script in a browser does, but draws nothing.</summary>
internal sealed partial class DashboardViewer : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly byte[] _expected;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _batches;
    private long _bytes;

    private DashboardViewer(HubConnection connection, string expected)
    {
        (_connection, _expected) = (connection, Encoding.UTF8.GetBytes(expected));
        connection.On<int, byte[]>("JS.RenderBatch", TakeAsync);
        connection.On<long, string, string, int, long, int>("JS.BeginInvokeJS", (call, name, _, _, _, _) => AnswerAsync(call, name));
        connection.On<string>("JS.Error", problem => Fail($"A page of the dashboard failed: {problem}"));
        connection.Closed += problem =>
        {
            Fail($"The gateway ended a page's connection: {problem?.Message}");
            return Task.CompletedTask;
        };
    }

    /// <summary>Changes to what is shown, received so far.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What went wrong with it; <see langword="null"/> when nothing did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens a page and returns when it shows what it is for.</summary>
    /// <param name="path">Such as <c>/admin</c>.</param>
    /// <param name="expected">A text that the page has when it has something to show.</param>
    public static async Task<DashboardViewer> OpenAsync(Uri gateway, string path, string expected, CookieContainer cookies, CancellationToken cancellationToken)
    {
        var page = new Uri(gateway, path);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false });
        var html = await http.GetStringAsync(page, cancellationToken);
        var components = Marker().Matches(html).Select(marker => marker.Groups[1].Value).ToList();
        if (components.Count == 0)
        {
            throw new BenchmarkException($"{path} has nothing of Blazor's in it.");
        }

        var builder = new HubConnectionBuilder().WithUrl(new Uri(gateway, "/_blazor"), options =>
        {
            options.Transports = HttpTransportType.WebSockets;
            options.SkipNegotiation = true;
            options.Cookies = cookies;
        });
        builder.Services.Replace(ServiceDescriptor.Singleton<IHubProtocol, CircuitProtocol>());
        var viewer = new DashboardViewer(builder.Build(), expected);
        try
        {
            await viewer._connection.StartAsync(cancellationToken);
            await viewer._connection.InvokeAsync<string>(
                "StartCircuit", gateway.AbsoluteUri, page.AbsoluteUri, $"[{string.Join(',', components)}]", string.Empty, cancellationToken);
            await viewer._ready.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, cancellationToken);
            return viewer;
        }
        catch (Exception problem) when (problem is TimeoutException or HubException)
        {
            await viewer.DisposeAsync();
            throw new BenchmarkException($"{path} does not come to show \"{expected}\": {problem.Message}");
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private Task TakeAsync(int batch, byte[] changes)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _bytes, changes.Length);
        if (!_ready.Task.IsCompleted && changes.AsSpan().IndexOf(_expected) >= 0)
        {
            _ready.TrySetResult();
        }

        return _connection.SendAsync("OnRenderCompleted", (long)batch, null);
    }

    /// <summary>Nothing has a size or a colour here: whatever a component asks its browser, the answer is no.</summary>
    private Task AnswerAsync(long call, string name) =>
        _connection.SendAsync("EndInvokeJSFromDotNet", call, true, $"[{call},true,{(name.Contains(".is", StringComparison.Ordinal) ? "false" : "null")}]");

    private void Fail(string problem)
    {
        Problem ??= problem;
        _ready.TrySetException(new BenchmarkException(problem));
    }

    [GeneratedRegex("<!--Blazor:(\\{\"type\":\"server\".*?\\})-->")]
    private static partial Regex Marker();
}
