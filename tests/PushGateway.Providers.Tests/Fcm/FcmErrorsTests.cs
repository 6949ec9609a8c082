using System.Text;
using CsCheck;
using PushGateway.Providers.Fcm.Answers;

namespace PushGateway.Providers.Tests.Fcm;

public sealed class FcmErrorsTests
{
    /// <summary>Whatever came before, in whatever order, and from however many threads.</summary>
    [Fact]
    public void Read_TextsAgainAndAgain_SaysWhatReadingThemAnewSays()
    {
        // More than are remembered, some broken, some too long, and each the beginning of another.
        string[] texts = [.. Enumerable.Range(0, 24).Select(static number => number % 5 == 4 ? "<html>" : Error(number, new string('x', number % 7 == 6 ? 3_000 : number)))];
        Gen.Int[0, texts.Length - 1].Array[1, 200].Sample(
            order =>
            {
                var errors = new FcmErrors();
                Parallel.ForEach(order, number =>
                {
                    var body = Encoding.UTF8.GetBytes(texts[number]);
                    Assert.Equal(FcmError.Read(body), errors.Read(body));
                });
            },
            iter: 200);
    }

    [Fact]
    public void Read_SameTextTwice_IsReadOnce()
    {
        var (errors, body) = (new FcmErrors(), Encoding.UTF8.GetBytes(Error(1, "gone")));

        Assert.Same(errors.Read(body), errors.Read(body));
    }

    private static string Error(int code, string message) =>
        $$$"""{"error":{"code":404,"message":"{{{message}}}","status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"CODE_{{{code}}}"}]}}""";
}
