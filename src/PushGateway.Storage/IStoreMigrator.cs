namespace PushGateway.Storage;

/// <summary>Brings the schema of the store up to date. The store does so itself at start; the <c>migrate</c> command does only this.</summary>
public interface IStoreMigrator
{
    /// <summary>Creates the store when there is none and applies what is missing; repeating it changes nothing.</summary>
    /// <returns>The names of the migrations applied now, in order.</returns>
    Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken);
}
