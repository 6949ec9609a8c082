namespace PushGateway.Benchmarks.Live;

/// <summary>Clients that share channels, the first of all that are connected; each of the others is alone in one.</summary>
internal sealed record LiveCrowd(int Clients, int Channels)
{
    /// <summary>Which of the channels a client of the crowd follows.</summary>
    public int ChannelOf(int client) => client % Channels;

    public string NameOf(int client) => client < Clients ? Name(ChannelOf(client)) : $"alone-{client}";

    public static string Name(int channel) => $"crowd-{channel}";
}
