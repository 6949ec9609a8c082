using PushGateway.Server.Problems;

namespace PushGateway.Server.Security;

/// <summary>What came of looking at a subscriber's token.</summary>
/// <param name="Grant"><see langword="null"/> when it is refused.</param>
/// <param name="Refusal">Why, when more can be said than that it is not known.</param>
/// <param name="IsGuess">Whether it may be somebody's attempt at one: not when it was good once, or nobody can tell.</param>
internal sealed record TokenReading(SubscriberGrant? Grant, ApiProblem? Refusal, bool IsGuess)
{
    public static TokenReading Unknown { get; } = new(null, null, IsGuess: true);

    public static TokenReading Deleted { get; } = Over("token.subscriberDeleted", "The subscriber was deleted after the token was made: get another one.");

    public static TokenReading Of(SubscriberGrant grant) => new(grant, null, IsGuess: false);

    /// <summary>It is genuine, and not good any more, or not yet.</summary>
    public static TokenReading Over(string code, string detail) => new(null, ApiProblem.Of(StatusCodes.Status401Unauthorized, code, detail), IsGuess: false);

    /// <summary>It is not what it should be.</summary>
    public static TokenReading Wrong(string code, string detail) => new(null, ApiProblem.Of(StatusCodes.Status401Unauthorized, code, detail), IsGuess: true);

    /// <summary>Nobody can tell now.</summary>
    public static TokenReading Later(ApiProblem problem) => new(null, problem, IsGuess: false);
}

/// <summary>Why the token of this request is not taken, left for whoever answers the request.</summary>
internal sealed record TokenRefusal(ApiProblem Problem);
