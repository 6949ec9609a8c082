using PushGateway.Core.FanOut;

namespace PushGateway.Storage.FanOut;

/// <summary>What the answers of one page say about devices of its shard.</summary>
/// <param name="RecordedAtMs">When the page was finished.</param>
internal sealed record PageFeedback(int AppKey, long EventKey, int Shard, long RecordedAtMs, IReadOnlyList<TokenFeedback> Items)
{
    public static PageFeedback Of(PageCommit commit) =>
        new(commit.AppKey, commit.EventKey, commit.Shard, commit.RecordedAt.ToUnixTimeMilliseconds(), commit.Feedback);
}
