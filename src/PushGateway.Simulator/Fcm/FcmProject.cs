namespace PushGateway.Simulator.Fcm;

/// <summary>The one project that exists, and whether its service account may still send.</summary>
internal sealed class FcmProject(string projectId)
{
    private bool _permissionDenied;

    public string SendPath { get; } = $"/v1/projects/{projectId}/messages:send";

    public byte[] MessageNamePrefix { get; } = System.Text.Encoding.UTF8.GetBytes($"{{\n  \"name\": \"projects/{projectId}/messages/");

    public bool PermissionDenied
    {
        get => Volatile.Read(ref _permissionDenied);
        set => Volatile.Write(ref _permissionDenied, value);
    }
}
