using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Entities;
using PushGateway.Storage.PostgreSql.Schema;

namespace PushGateway.Storage;

/// <summary>The schema, and the everyday queries. Tables without a set here are read and written by the hand-written SQL only.</summary>
internal sealed class StoreDbContext(DbContextOptions<StoreDbContext> options) : DbContext(options)
{
    public DbSet<AppRow> Apps => Set<AppRow>();

    public DbSet<ProviderCredentialRow> ProviderCredentials => Set<ProviderCredentialRow>();

    public DbSet<AppIdentityRow> AppIdentities => Set<AppIdentityRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    public DbSet<EventRow> Events => Set<EventRow>();

    public DbSet<RemovalHoldRow> RemovalHolds => Set<RemovalHoldRow>();

    public DbSet<WebhookRow> Webhooks => Set<WebhookRow>();

    public DbSet<SavedAudienceRow> SavedAudiences => Set<SavedAudienceRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(StoreDbContext).Assembly);
        if (Database.IsNpgsql())
        {
            PostgreSqlModel.Apply(modelBuilder);
        }
    }
}
