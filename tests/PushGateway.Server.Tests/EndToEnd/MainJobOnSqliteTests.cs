namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>In a file of the gateway's own, as it is without any setting.</summary>
public sealed class MainJobOnSqliteTests : MainJobTests
{
    protected override Task<IEnumerable<(string Setting, string Value)>> NewStoreAsync() => Task.FromResult<IEnumerable<(string, string)>>([]);
}
