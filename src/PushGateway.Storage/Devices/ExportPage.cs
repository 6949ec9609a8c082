using PushGateway.Core.Devices;
using PushGateway.Core.FanOut;

namespace PushGateway.Storage.Devices;

/// <param name="End">The last device of the page.</param>
internal sealed record ExportPage(IReadOnlyList<DeviceExport> Devices, AudienceCursor End, bool IsLast);
