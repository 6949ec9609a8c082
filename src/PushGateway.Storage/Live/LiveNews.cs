using Microsoft.Extensions.Options;
using PushGateway.Core.Live;

namespace PushGateway.Storage.Live;

/// <summary>Where those who append and those who listen meet.</summary>
internal sealed class LiveNews(IOptions<StorageOptions> options)
{
    public event Action<int, string, LiveEntry>? Appended;

    public int HistoryMessages => options.Value.LiveHistoryMessages;

    /// <summary>After the commit: on the writer, or when it was heard of from another gateway.</summary>
    public void Tell(int appKey, string channel, LiveEntry entry) => Appended?.Invoke(appKey, channel, entry);
}
