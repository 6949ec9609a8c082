using Microsoft.Extensions.Options;
using PushGateway.Admin;
using PushGateway.Admin.SignIn;

namespace PushGateway.Server.Administration;

/// <summary>As long as the dashboard has no user, each start prints a one-time link that leads to the first.</summary>
internal sealed class FirstSignInNotice(
    FirstSignIn first, IOptions<AdminOptions> options, IHostApplicationLifetime lifetime, IServiceProvider services, ILogger<FirstSignInNotice> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Enabled || await first.IssueAsync(cancellationToken) is not { } path)
        {
            return;
        }

        Path = path;
        lifetime.ApplicationStarted.Register(() =>
        {
            if (IsQuiet)
            {
                return;
            }

            // Known only once it listens.
            var address = services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features
                .Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()?.Addresses.FirstOrDefault();
            Console.Out.WriteLine($"Dashboard, first sign-in (works once, for {options.Value.FirstSignInLifetime.TotalMinutes:0} minutes): {address?.TrimEnd('/')}{path}");
            ServerLog.FirstSignInOffered(logger);
        });
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The link's path, for whoever prints it themselves; <see langword="null"/> when there is a user.</summary>
    public string? Path { get; private set; }

    /// <summary>Somebody else prints it.</summary>
    public bool IsQuiet { get; set; }
}
