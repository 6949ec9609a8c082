using PushGateway.Core.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>Registers at once what an import has that is new, where asking for each line by itself would cost an exchange with a server.</summary>
internal abstract class BulkRegistration
{
    /// <summary>Registers the lines that meet nothing, neither in the store nor in each other, with their channels, and says so in <paramref name="changes"/>; the others are left.</summary>
    /// <param name="changes">By line; <see langword="null"/> for those that have not been registered.</param>
    public abstract void RegisterNew(WriteSession session, int appKey, IReadOnlyList<DeviceImport> lines, RegistrationChange?[] changes, DeviceWriter devices);
}
