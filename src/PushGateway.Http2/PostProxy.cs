namespace PushGateway.Http2;

/// <summary>An HTTP proxy that connections are tunnelled through with CONNECT (RFC 9110, section 9.3.6). TLS is spoken with the server, not with the proxy.</summary>
/// <param name="Address"><c>http://host:port</c>.</param>
/// <param name="UserName">For Basic authentication (RFC 7617), or <see langword="null"/>. Without a colon.</param>
/// <param name="Password">Secret.</param>
public sealed record PostProxy(Uri Address, string? UserName = null, string? Password = null)
{
    /// <summary>Reads <c>http://host:port</c> or <c>http://user:password@host:port</c>, user and password percent-encoded; nothing gives <see langword="null"/>.</summary>
    /// <exception cref="FormatException">The text is no such address. The message does not repeat it, for there may be a password in it.</exception>
    public static PostProxy? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.Host.Length == 0 || uri.PathAndQuery != "/")
        {
            throw new FormatException("A proxy is http://host:port or http://user:password@host:port.");
        }

        var address = new Uri(uri.GetLeftPart(UriPartial.Scheme) + uri.Authority);
        if (uri.UserInfo.Length == 0)
        {
            return new PostProxy(address);
        }

        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var userName = Uri.UnescapeDataString(colon < 0 ? uri.UserInfo : uri.UserInfo[..colon]);
        var password = colon < 0 ? string.Empty : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);

        // RFC 7617, section 2: a proxy would read another name and another password.
        return userName.Contains(':', StringComparison.Ordinal) || userName.Any(char.IsControl) || password.Any(char.IsControl)
            ? throw new FormatException("A proxy's user name has no colon, and neither it nor the password has control characters.")
            : new PostProxy(address, userName, password);
    }

    /// <summary>The address alone, without what may have been put into it: text ends up in logs.</summary>
    public override string ToString() => $"{Address.Scheme}://{Address.Authority}";
}
