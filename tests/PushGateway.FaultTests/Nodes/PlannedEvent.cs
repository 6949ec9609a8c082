using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests.Nodes;

/// <summary>A broadcast of a run of several gateways.</summary>
/// <param name="Rate">Notifications a second; <see langword="null"/> for as fast as it goes.</param>
/// <param name="PublishAfterMs">From the beginning of the run.</param>
/// <param name="SendAfterMs">From there on; <see langword="null"/> for at once.</param>
/// <param name="ResendUnknown">Whether what may have been sent is sent again.</param>
internal sealed record PlannedEvent(Audience Audience, int? Rate, int PublishAfterMs, int? SendAfterMs, bool ResendUnknown);
