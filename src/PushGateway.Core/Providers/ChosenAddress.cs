namespace PushGateway.Core.Providers;

/// <summary>An address that the caller of the API chose, and that connections will be made to.</summary>
/// <param name="Field">The contract's name of the field, such as <c>endpoint</c>.</param>
public sealed record ChosenAddress(string Field, Uri Url);
