namespace PushGateway.FaultTests.Stores;

/// <summary>A way for the disk to have no room.</summary>
internal interface IDiskFault : IAsyncDisposable
{
    /// <summary>Where the gateway is to live; <see langword="null"/> for anywhere.</summary>
    string? Folder { get; }

    Task FillAsync(int processId, string storeFile);

    Task MakeRoomAsync(int processId);
}
