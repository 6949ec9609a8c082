using System.Text.Json;
using CsCheck;
using PushGateway.Core.Devices;
using PushGateway.Core.Providers;
using PushGateway.Server.Cli.Demo;
using PushGateway.Server.Cli.Output;
using PushGateway.Simulator;

namespace PushGateway.Server.Tests.Cli;

public sealed class DemoAudienceTests
{
    [Fact]
    public void Counts_AnySize_AreWhatTheDevicesAre() => Gen.Long[0, 2_000].Sample(size =>
    {
        var audience = new DemoAudience(size, "c");
        var kinds = Enumerable.Range(0, (int)size).Select(index => DemoAudience.KindOf(index)).ToList();

        Assert.Equal(kinds.Count(kind => kind == DemoDeviceKind.Unregistered), audience.Unregistered);
        Assert.Equal(kinds.Count(kind => kind == DemoDeviceKind.TurnedAway), audience.TurnedAway);
        Assert.Equal(size, audience.Good + audience.Unregistered);
    });

    [Fact]
    public void TokenOf_ManyDevices_IsDistinctAndOfTheProvidersForm()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < 50_000; index++)
        {
            var provider = index % 2 == 0 ? ProviderKind.Apns : ProviderKind.Fcm;
            Assert.True(DeviceToken.TryNormalize(provider, DemoAudience.TokenOf(index), out var token, out var problem), problem);
            Assert.True(seen.Add(token), $"Device {index} has the token of another.");
        }
    }

    [Fact]
    public void TokenOf_GoodDevice_IsNoneOfTheWellKnown()
    {
        string[] wellKnown = [.. typeof(WellKnownTokens).GetFields().Select(field => (string)field.GetValue(null)!)];
        Assert.NotEmpty(wellKnown);
        for (var index = 0; index < 1_000; index++)
        {
            var token = DemoAudience.TokenOf(index);
            Assert.Equal(
                DemoAudience.KindOf(index) != DemoDeviceKind.Good,
                Array.Exists(wellKnown, prefix => token.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
        }
    }

    [Fact]
    public void ImportStream_ReadInPiecesOfAnySize_HasOneLineADevice() => Gen.Select(Gen.Long[1, 500], Gen.Int[1, 5_000]).Sample((size, piece) =>
    {
        using var stream = new DemoImportStream(new DemoAudience(size, "c"), TimeProvider.System, new SilentProgress());
        using var copy = new MemoryStream();
        var buffer = new byte[piece];
        for (int length; (length = stream.Read(buffer)) > 0;)
        {
            copy.Write(buffer, 0, length);
        }

        var text = System.Text.Encoding.UTF8.GetString(copy.ToArray());
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var devices = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("device").GetString());
        Assert.Equal(Enumerable.Range(0, (int)size).Select(index => $"d{index}"), devices);
    }, iter: 50);

    private sealed class SilentProgress : IProgressLine
    {
        public void Report(double? fraction, string detail)
        {
        }
    }
}
