namespace PushGateway.Server.Problems;

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">The contract's name with its whole path, such as <c>audience.channels[2]</c>.</param>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Detail">The rule, in words.</param>
internal sealed record FieldError(string Field, string Code, string Detail);
