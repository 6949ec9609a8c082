using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.SavedAudiences;

internal sealed class SavedAudienceStore(StoreWriter writer, ReadPool reads) : ISavedAudienceStore
{
    public async Task<SavedAudience?> FindAsync(int appKey, string name, CancellationToken cancellationToken) => await reads.ReadAsync(
        session =>
        {
            using var context = session.CreateContext();
            var row = context.SavedAudiences.AsNoTracking().SingleOrDefault(row => row.AppKey == appKey && row.Name == name);
            return row is null ? null : ToAudience(row);
        },
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<SavedAudience>> ListAsync(int appKey, string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.SavedAudiences.AsNoTracking()
                    .Where(row => row.AppKey == appKey && string.Compare(row.Name, after ?? string.Empty) > 0)
                    .OrderBy(row => row.Name)
                    .Take(limit)
                    .ToList()
                    .ConvertAll(ToAudience);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public Task<(SavedAudienceChange Change, SavedAudience? Audience)> PutAsync(
        int appKey, string name, AudienceDefinition definition, int maxAudiences, CancellationToken cancellationToken)
    {
        // Not on the writer: others wait there.
        var content = PushEventJson.Serialize(definition);
        return writer.RunAsync(session => Put(session, appKey, name, content, maxAudiences), cancellationToken);
    }

    public Task<bool> DeleteAsync(int appKey, string name, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            using var context = session.CreateContext();
            return context.SavedAudiences.Where(row => row.AppKey == appKey && row.Name == name).ExecuteDelete() > 0;
        },
        cancellationToken);

    private static (SavedAudienceChange, SavedAudience?) Put(WriteSession session, int appKey, string name, byte[] content, int maxAudiences)
    {
        using var context = session.CreateContext();

        // What would be added behind the removal of a deleted app's rows would stay for good.
        if (!context.Apps.Any(app => app.AppKey == appKey && app.DeletedAtMs == null))
        {
            return (SavedAudienceChange.AppUnknown, null);
        }

        var row = context.SavedAudiences.SingleOrDefault(row => row.AppKey == appKey && row.Name == name);
        var change = row is null ? SavedAudienceChange.Created : SavedAudienceChange.Replaced;
        if (row is null)
        {
            if (context.SavedAudiences.Count(row => row.AppKey == appKey) >= maxAudiences)
            {
                return (SavedAudienceChange.TooMany, null);
            }

            row = new SavedAudienceRow { AppKey = appKey, Name = name, CreatedAtMs = session.NowMs, Definition = content };
            context.SavedAudiences.Add(row);
        }

        row.Definition = content;
        row.UpdatedAtMs = session.NowMs;
        context.SaveChanges();
        return (change, ToAudience(row));
    }

    private static SavedAudience ToAudience(SavedAudienceRow row) => new(
        row.Name, PushEventJson.DeserializeDefinition(row.Definition), DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
        DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAtMs));
}
