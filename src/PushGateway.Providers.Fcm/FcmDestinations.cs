namespace PushGateway.Providers.Fcm;

/// <summary>Google's own hosts. Where they lead is the resolver's to say, as in networks that have private ways to Google, and not a caller's of the API.</summary>
internal static class FcmDestinations
{
    private const string TokenHost = "oauth2.googleapis.com";

    public static Uri Messages { get; } = new("https://fcm.googleapis.com");

    /// <summary>Whether it is the token endpoint that Google writes into key files.</summary>
    public static bool IsGoogles(Uri tokenUri) => tokenUri.IsDefaultPort && tokenUri.IdnHost.Equals(TokenHost, StringComparison.OrdinalIgnoreCase);
}
