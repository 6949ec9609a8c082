using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Admin.SignIn;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>How long a session is open, and that the memory of them has a bound.</summary>
public sealed class OpenSessionsTests
{
    private static readonly AdminUser s_ada = new() { Id = "1", Name = "ada", Role = AdminRole.Admin, Stamp = "s", CreatedAt = DateTimeOffset.UnixEpoch };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Session_AtWhichNobodyDoesAnything_IsOverAfterItsLifetime()
    {
        var sessions = Create();
        var ada = sessions.Begin(s_ada);
        _time.Advance(TimeSpan.FromHours(11));
        Assert.True(sessions.TrySee(ada));
        _time.Advance(TimeSpan.FromHours(11));
        // Its page comes by itself.
        Assert.True(sessions.TryMeet(ada));
        Assert.True(sessions.IsOpen(ada));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(sessions.IsOpen(ada));
    }

    [Fact]
    public void Session_ThatWasEnded_IsOverWhateverItsCookieSays()
    {
        var sessions = Create();
        var (ended, other) = (sessions.Begin(s_ada), sessions.Begin(s_ada));
        sessions.End(ended);
        Assert.False(sessions.IsOpen(ended) || sessions.TrySee(ended) || sessions.TryMeet(ended));
        Assert.True(sessions.IsOpen(other));
        Assert.False(sessions.TrySee(null) || sessions.TrySee(new()));
    }

    [Fact]
    public void Session_OfBeforeARestart_IsOpenedByItsCookie()
    {
        var ada = Create().Begin(s_ada);
        var sessions = Create();
        Assert.False(sessions.IsOpen(ada));
        Assert.True(sessions.TryMeet(ada));
        Assert.True(sessions.IsOpen(ada));
    }

    [Fact]
    public void Sessions_MoreThanAreKept_LoseTheOneSeenLongestAgo()
    {
        var sessions = Create();
        var (first, second) = (sessions.Begin(s_ada), sessions.Begin(s_ada));
        _time.Advance(TimeSpan.FromMinutes(1));
        sessions.TrySee(first);
        for (var count = 2; count <= OpenSessions.MaxSessions; count++)
        {
            sessions.Begin(s_ada);
        }

        Assert.True(sessions.IsOpen(first));
        Assert.False(sessions.IsOpen(second));
    }

    private OpenSessions Create() => new(Options.Create(new AdminOptions()), _time);
}
