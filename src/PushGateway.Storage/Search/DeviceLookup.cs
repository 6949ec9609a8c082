using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Devices;
using PushGateway.Core.Providers;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Search;

internal sealed class DeviceLookup(ReadPool reads) : IDeviceLookup
{
    public async Task<string?> FindByTokenAsync(int appKey, ProviderKind provider, string token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        var hash = new byte[TokenHash.Length];
        TokenHash.Compute(provider, token, hash);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.Set<DeviceRow>().AsNoTracking()
                    .Where(row => row.AppKey == appKey && row.Provider == provider && row.TokenHash == hash && row.Token == token)
                    .Select(row => row.DeviceId)
                    .FirstOrDefault();
            },
            cancellationToken).ConfigureAwait(false);
    }
}
