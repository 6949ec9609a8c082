using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Faults;

/// <summary>What a fault came to: no answer at all (and why), an answer to write, or neither: carry on.</summary>
internal readonly record struct FaultResult(string? Unanswered, CannedAnswer? Answer);
