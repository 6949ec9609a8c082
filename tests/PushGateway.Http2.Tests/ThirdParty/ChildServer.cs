using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.ThirdParty;

/// <summary>A server that somebody else wrote, as a child process on a free loopback port. It ends with the test.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly DirectoryInfo _folder;

    private ChildServer(Process process, DirectoryInfo folder) => (_process, _folder) = (process, folder);

    public int Port { get; private set; }

    public Uri Endpoint => new($"https://127.0.0.1:{Port}");

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>nghttpd, the server of nghttp2: it sends back what is posted.</summary>
    public static async Task<ChildServer> NghttpdAsync(params string[] options)
    {
        var program = Require("/usr/bin/nghttpd", "/usr/sbin/nghttpd", "nghttp2-server");
        var folder = CreateFolder();
        var port = FindPort();
        var isCleartext = options.Contains("--no-tls");
        return await StartAsync(program, folder, port,
            ["--echo-upload", "--address=127.0.0.1", $"--htdocs={folder.FullName}", .. options, Text(port), .. isCleartext ? Array.Empty<string>() : [Key(folder), Certificate(folder)]]);
    }

    /// <summary>Node's http2, see echo_server.mjs.</summary>
    public static async Task<ChildServer> NodeEchoAsync(int maxConcurrentStreams, int requestsPerSession = 0)
    {
        var folder = CreateFolder();
        return await StartNodeAsync(folder, "echo_server.mjs", Certificate(folder), Key(folder), Text(maxConcurrentStreams), Text(requestsPerSession));
    }

    /// <summary>A forward proxy on Node's http, see connect_proxy.mjs.</summary>
    public static Task<ChildServer> NodeProxyAsync(params string[] credentials) => StartNodeAsync(CreateFolder(), "connect_proxy.mjs", credentials);

    /// <summary>nginx in front of an HTTP/1.1 server.</summary>
    /// <param name="requestsPerConnection">After so many it sends GOAWAY.</param>
    public static async Task<ChildServer> NginxAsync(Uri upstream, int requestsPerConnection)
    {
        var program = Require("/usr/sbin/nginx", "/usr/bin/nginx", "nginx-light");
        var folder = CreateFolder();
        var port = FindPort();
        var configuration = Path.Combine(folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off;
            master_process on;
            worker_processes 2;
            pid nginx.pid;
            error_log stderr warn;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path body;
              proxy_temp_path proxy;
              fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi;
              scgi_temp_path scgi;
              upstream app { server {{upstream.Authority}}; keepalive 64; }
              server {
                listen 127.0.0.1:{{Text(port)}} ssl http2;
                ssl_certificate {{Certificate(folder)}};
                ssl_certificate_key {{Key(folder)}};
                keepalive_requests {{Text(requestsPerConnection)}};
                location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """);
        return await StartAsync(program, folder, port, ["-p", folder.FullName, "-c", configuration]);
    }

    /// <summary>HAProxy in front of an HTTP/1.1 server.</summary>
    public static async Task<ChildServer> HaproxyAsync(Uri upstream, int maxConcurrentStreams)
    {
        var program = Require("/usr/sbin/haproxy", "/usr/bin/haproxy", "haproxy");
        var folder = CreateFolder();
        var port = FindPort();
        var pem = Path.Combine(folder.FullName, "both.pem");
        await File.WriteAllTextAsync(pem, await File.ReadAllTextAsync(Certificate(folder)) + "\n" + await File.ReadAllTextAsync(Key(folder)));
        var configuration = Path.Combine(folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(configuration, $"""
            global
              tune.h2.max-concurrent-streams {Text(maxConcurrentStreams)}
              nbthread 2
              hard-stop-after 10s
            defaults
              mode http
              timeout connect 5s
              timeout client 30s
              timeout server 30s
            frontend front
              bind 127.0.0.1:{Text(port)} ssl crt {pem} alpn h2
              default_backend back
            backend back
              server app {upstream.Authority}

            """);
        return await StartAsync(program, folder, port, ["-W", "-f", configuration]);
    }

    /// <summary>Sends a signal by its name, such as HUP.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("/bin/kill", ["-s", name, Text(_process.Id)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<ChildServer> StartNodeAsync(DirectoryInfo folder, string script, params string[] arguments)
    {
        var program = Require("/usr/bin/node", "/usr/local/bin/node", "nodejs");
        var server = Start(program, folder, [Path.Combine(AppContext.BaseDirectory, "ThirdParty", script), .. arguments]);
        await Poll.Until(() => !server._lines.IsEmpty || server._process.HasExited);
        Assert.True(int.TryParse(server._lines.FirstOrDefault(), CultureInfo.InvariantCulture, out var port), string.Join('\n', server._lines));
        server.Port = port;
        return server;
    }

    private static async Task<ChildServer> StartAsync(string program, DirectoryInfo folder, int port, IReadOnlyList<string> arguments)
    {
        var server = Start(program, folder, arguments);
        server.Port = port;
        await Poll.Until(() => server._process.HasExited || IsListening(port));
        Assert.False(server._process.HasExited, string.Join('\n', server._lines));
        return server;
    }

    private static ChildServer Start(string program, DirectoryInfo folder, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName };
        var server = new ChildServer(new Process { StartInfo = start }, folder);
        server._process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    private void Keep(string? line)
    {
        const int MaxLines = 10_000;
        if (line is not null && _lines.Count < MaxLines)
        {
            _lines.Enqueue(line);
        }
    }

    private static bool IsListening(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FindPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static DirectoryInfo CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("http2-server-");
        File.WriteAllText(Certificate(folder), TestCertificates.Loopback.ExportCertificatePem());
        File.WriteAllText(Key(folder), TestCertificates.LoopbackKeyPem);
        return folder;
    }

    private static string Certificate(DirectoryInfo folder) => Path.Combine(folder.FullName, "server.crt");

    private static string Key(DirectoryInfo folder) => Path.Combine(folder.FullName, "server.key");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Without the program the test is skipped, or fails where tools are required (CI=true or PUSHGATEWAY_REQUIRE_TOOLS=1).</summary>
    private static string Require(string path, string otherPath, string package)
    {
        if (File.Exists(path) || File.Exists(otherPath))
        {
            return File.Exists(path) ? path : otherPath;
        }

        var reason = $"{path} does not exist; install it with: apt-get install -y {package}";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", reason);
        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }
}
