namespace PushGateway.Storage.Tests;

public sealed class StorageOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreValid() => Assert.True(new StorageOptionsValidator().Validate(null, new StorageOptions()).Succeeded);

    [Fact]
    public void Validate_EverythingWrong_NamesEveryKeyAndNoSecret()
    {
        var result = new StorageOptionsValidator().Validate(null, new StorageOptions
        {
            Provider = "Oracle",
            ConnectionString = "Data Source=:memory:;Password=secret",
            NodeName = new string('x', 101),
            LeaseDuration = TimeSpan.FromSeconds(1),
            MaxReadConnections = 0,
            WriteQueueCapacity = 0,
            MaxOperationsPerCommit = 0,
            MaxCommitGathering = TimeSpan.FromSeconds(-1),
            BusyCommitPause = TimeSpan.FromSeconds(2),
            BusyTimeout = TimeSpan.FromHours(1),
            WriterCacheKiB = 0,
            ReaderCacheKiB = 0,
            CheckpointPages = 0,
            LookedAtPerRow = 1,
            Retention = TimeSpan.FromDays(6),
            PreviousCredentialRetention = TimeSpan.FromDays(91),
            DeviceExpiry = TimeSpan.FromHours(1),
            PurgeStepRows = 0,
            WebhookMaxNotices = 9,
            WebhookMaxBytes = 1,
            LiveHistoryMessages = 9,
            LiveHistoryRetention = TimeSpan.FromSeconds(1),
        });

        // Neither value of a yes or no is wrong.
        foreach (var property in typeof(StorageOptions).GetProperties().Where(property => property.PropertyType != typeof(bool)))
        {
            Assert.Contains($"PushGateway:Storage:{property.Name}", result.FailureMessage, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Nonsense=1")]
    public void Validate_ConnectionStringUnusable_Fails(string text) =>
        Assert.False(new StorageOptionsValidator().Validate(null, new StorageOptions { ConnectionString = text }).Succeeded);

    [Theory]
    [InlineData("Host=db;Database=d;Username=u;Password=p", null)]
    [InlineData("Database=d", "names no Host")]
    [InlineData("Host=db", "names no Database")]
    [InlineData("Data Source=data/pushgateway.db;Nonsense=secret", "cannot be read")]
    [InlineData("Host=db;Database=d;Port=secret", "cannot be read")]
    public void Validate_PostgreSql_SaysWhatIsMissingAndNoSecret(string text, string? problem)
    {
        var result = new StorageOptionsValidator().Validate(null, new StorageOptions { Provider = "postgresql", ConnectionString = text });

        Assert.Equal(problem is null, result.Succeeded);
        Assert.Contains(problem ?? string.Empty, result.FailureMessage ?? string.Empty, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.FailureMessage ?? string.Empty, StringComparison.Ordinal);
    }
}
