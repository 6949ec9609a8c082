using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using PushGateway.Core.Devices;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Tests;

public sealed class DeviceTokenTests
{
    // The default encoder escapes + as well, for HTML's sake; JSON itself does not ask for it.
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void TryNormalize_ApnsHexOfEvenLength_IsLowerCase() =>
        Gen.Byte.Array[8, 100].Sample(bytes =>
        {
            Assert.True(DeviceToken.TryNormalize(ProviderKind.Apns, Convert.ToHexString(bytes), out var token, out var problem));
            Assert.Null(problem);
            Assert.Equal(Convert.ToHexStringLower(bytes), token);
        });

    [Theory]
    [InlineData(ProviderKind.Apns, null)]
    [InlineData(ProviderKind.Apns, "")]
    [InlineData(ProviderKind.Apns, "abcdefabcdefabcde")]
    [InlineData(ProviderKind.Apns, "abcdefabcdefabcg")]
    [InlineData(ProviderKind.Apns, "abcdef abcdefabc")]
    [InlineData(ProviderKind.Fcm, null)]
    [InlineData(ProviderKind.Fcm, "short")]
    [InlineData(ProviderKind.Fcm, "a token with blanks")]
    [InlineData(ProviderKind.Fcm, "quote\"inside")]
    [InlineData(ProviderKind.Fcm, "back\\slash")]
    [InlineData(ProviderKind.Fcm, "line\nbreak")]
    public void TryNormalize_NoToken_SaysTheRuleAndNotTheToken(ProviderKind provider, string? text)
    {
        Assert.False(DeviceToken.TryNormalize(provider, text, out _, out var problem));
        Assert.NotNull(problem);
        Assert.True(string.IsNullOrEmpty(text) || !problem.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void TryNormalize_LongestTokens_ArePermittedAndOneMoreIsNot()
    {
        Assert.True(DeviceToken.TryNormalize(ProviderKind.Apns, new string('a', 200), out _, out _));
        Assert.False(DeviceToken.TryNormalize(ProviderKind.Apns, new string('a', 202), out _, out _));
        Assert.True(DeviceToken.TryNormalize(ProviderKind.Fcm, new string('a', 4096), out _, out _));
        Assert.False(DeviceToken.TryNormalize(ProviderKind.Fcm, new string('a', 4097), out _, out _));
    }

    [Fact]
    public void TryNormalize_AcceptedFcmToken_NeedsNoEscapingInJson() =>
        Gen.String[Gen.Char[' ', '~'], 8, 60].Sample(text =>
            !DeviceToken.TryNormalize(ProviderKind.Fcm, text, out var token, out _) ||
            JsonSerializer.Serialize(token, s_relaxed) == $"\"{token}\"");

    [Fact]
    public void Mask_AnyToken_ShowsEightCharactersAtMost() =>
        Gen.String[0, 200].Sample(token => DeviceToken.Mask(token).Length <= 9 && (token.Length <= 8 || DeviceToken.Mask(token) != token));
}
