using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>Whose session is open, and whose is over: a cookie cannot be called back, and a page that is open asks for none. Safe for concurrent use.</summary>
/// <remarks>
/// In memory, as the pages are that it is about: they end with the process, and a browser stays at one gateway. Bounded: of more than <see cref="MaxSessions"/> the one
/// that was seen longest ago goes, and its pages with it; its cookie opens them again.
/// </remarks>
public sealed class OpenSessions(IOptions<AdminOptions> options, TimeProvider timeProvider)
{
    /// <summary>Sessions that are known at once, those that are over included.</summary>
    public const int MaxSessions = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DateTimeOffset SeenAt, bool IsOver)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Somebody has signed in.</summary>
    /// <returns>Who they are from now on.</returns>
    public ClaimsPrincipal Begin(AdminUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        var session = RandomNumberGenerator.GetHexString(32, lowercase: true);
        lock (_gate)
        {
            Note(session, isOver: false);
        }

        return AdminAccess.PrincipalOf(user, session);
    }

    /// <summary>They did something just now.</summary>
    /// <returns><see langword="false"/> when their session is over, whatever their cookie says.</returns>
    public bool TrySee(ClaimsPrincipal? principal) => Look(principal, isDone: true);

    /// <summary>Only their browser came, by itself; what it was not known for is taken for the beginning.</summary>
    /// <returns><see langword="false"/> when their session is over, whatever their cookie says.</returns>
    public bool TryMeet(ClaimsPrincipal? principal) => Look(principal, isDone: false);

    /// <summary>They have signed out: their other pages end within seconds, and can do nothing meanwhile.</summary>
    public void End(ClaimsPrincipal principal)
    {
        if (IdOf(principal) is not { } session)
        {
            return;
        }

        lock (_gate)
        {
            Note(session, isOver: true);
        }
    }

    /// <summary>Whether they have done something within <see cref="AdminOptions.SessionLifetime"/> and have not signed out.</summary>
    public bool IsOpen(ClaimsPrincipal principal)
    {
        lock (_gate)
        {
            return IdOf(principal) is { } session && _sessions.TryGetValue(session, out var known) && !known.IsOver && !IsLongAgo(known.SeenAt);
        }
    }

    private bool Look(ClaimsPrincipal? principal, bool isDone)
    {
        if (IdOf(principal) is not { } session)
        {
            return false;
        }

        lock (_gate)
        {
            var isKnown = _sessions.TryGetValue(session, out var known);
            if (known.IsOver)
            {
                return false;
            }

            if (isDone || !isKnown)
            {
                Note(session, isOver: false);
            }

            return true;
        }
    }

    private void Note(string session, bool isOver)
    {
        if (_sessions.Count >= MaxSessions && !_sessions.ContainsKey(session))
        {
            // By then no cookie of theirs is good any more.
            foreach (var (gone, _) in _sessions.Where(entry => IsLongAgo(entry.Value.SeenAt)).ToList())
            {
                _sessions.Remove(gone);
            }

            if (_sessions.Count >= MaxSessions)
            {
                _sessions.Remove(_sessions.MinBy(entry => entry.Value.SeenAt).Key);
            }
        }

        _sessions[session] = (timeProvider.GetUtcNow(), isOver);
    }

    private bool IsLongAgo(DateTimeOffset seenAt) => timeProvider.GetUtcNow() - seenAt >= options.Value.SessionLifetime;

    private static string? IdOf(ClaimsPrincipal? principal) => principal?.FindFirstValue(AdminAccess.SessionClaim);
}
