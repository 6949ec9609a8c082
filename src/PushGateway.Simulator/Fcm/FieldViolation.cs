namespace PushGateway.Simulator.Fcm;

/// <summary>One thing wrong with a request. <paramref name="Field"/> is a path such as <c>message.data[0].value</c>, or empty for the whole body.</summary>
internal sealed record FieldViolation(string Field, string Description);
