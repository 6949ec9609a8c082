namespace PushGateway.Storage.Tests.Support;

/// <summary>Tests of a store that hold on every database: a class with them is run once for each.</summary>
public abstract class StoreTests(TestDatabase database)
{
    protected TestDatabase Database => database;

    private protected Task<TestStore> OpenAsync(Action<Dictionary<string, string?>>? configure = null, bool systemTime = false) =>
        TestStore.OpenAsync(database, configure, systemTime: systemTime);
}
