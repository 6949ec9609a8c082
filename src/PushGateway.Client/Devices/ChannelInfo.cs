namespace PushGateway.Client.Devices;

/// <summary>A channel and how many subscribers it has.</summary>
public sealed record ChannelInfo(string Id, long Subscribers);
