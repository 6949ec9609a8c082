using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Providers;
using PushGateway.Providers.Apns;
using PushGateway.Providers.Fcm;

namespace PushGateway.Providers.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void AddProviders_CalledTwice_GivesEachProviderOnce()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddApnsProvider().AddFcmProvider().AddApnsProvider().AddFcmProvider();
        using var services = builder.Services.BuildServiceProvider();

        Assert.Equal([ProviderKind.Apns, ProviderKind.Fcm], services.GetServices<IPushProvider>().Select(provider => provider.Kind));
    }

    [Theory]
    [InlineData("PushGateway:Apns:TokenRenewalAge", "00:10:00")]
    [InlineData("PushGateway:Apns:Connections", "0")]
    [InlineData("PushGateway:Apns:AuthorizationIndexing", "7")]
    [InlineData("PushGateway:Fcm:AuthorizationIndexing", "7")]
    [InlineData("PushGateway:Fcm:PingDelay", "00:00:05")]
    [InlineData("PushGateway:Fcm:TokenRetries", "11")]
    public async Task Options_OutOfRange_StopTheStart(string key, string value)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new(key, value)]);
        builder.Logging.ClearProviders();
        builder.Services.AddApnsProvider().AddFcmProvider();
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(key.Split(':')[^1], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReasonVocabulary_MoreUnknownWordsThanItKeeps_FoldsThemIntoOne()
    {
        var vocabulary = new ReasonVocabulary(["Known"], maxUnknown: 3);
        var words = Enumerable.Range(0, 100).Select(number => vocabulary.Resolve($"Word{number}")).Distinct().ToList();

        Assert.Equal(["Word0", "Word1", "Word2", GatewayReasons.UnknownReason], words);
        Assert.Equal("Known", vocabulary.Resolve("Known"));
        Assert.Equal(GatewayReasons.UnknownReason, vocabulary.Resolve("not a word"));
        Assert.Equal(GatewayReasons.UnknownReason, vocabulary.Resolve(""));
        Assert.Equal(GatewayReasons.UnknownReason, vocabulary.Resolve(new string('a', 65)));
    }
}
