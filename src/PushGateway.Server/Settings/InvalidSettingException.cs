using PushGateway.Core;

namespace PushGateway.Server.Settings;

/// <summary>A setting that the gateway cannot start with. The message begins with its key, and never repeats a secret.</summary>
internal sealed class InvalidSettingException(string key, string problem, Exception? inner = null) : PushGatewayException($"{key}: {problem}", inner);
