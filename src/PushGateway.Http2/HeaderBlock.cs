using PushGateway.Http2.Hpack;

namespace PushGateway.Http2;

/// <summary>Headers that many requests share, such as those of one event, or the authorization. Immutable.</summary>
public sealed class HeaderBlock
{
    /// <exception cref="ArgumentException">A name is empty, not lower case, or begins with a colon; or a value is not printable ASCII.</exception>
    public HeaderBlock(params IReadOnlyList<PostHeader> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        foreach (var header in headers)
        {
            if (!IsName(header.Name))
            {
                throw new ArgumentException($"'{header.Name}' is no HTTP/2 header name: lower-case letters, digits and hyphens.", nameof(headers));
            }

            if (!IsValue(header.Value))
            {
                throw new ArgumentException($"The value of '{header.Name}' has characters other than printable ASCII.", nameof(headers));
            }
        }

        Headers = [.. headers];
    }

    public IReadOnlyList<PostHeader> Headers { get; }

    /// <summary>The headers as HPACK writes them, made once for all connections when first sent: many are only made to be checked.</summary>
    internal PreparedFields Fields => field ??= new PreparedFields(Headers);

    /// <summary>Lower-case letters, digits and hyphens, at least one: all that this gateway needs of RFC 9113, section 8.2.1.</summary>
    public static bool IsName(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Printable ASCII without a space at either end. Anything else could break out of the header.</summary>
    public static bool IsValue(string? value)
    {
        if (value is null || (value.Length > 0 && (value[0] == ' ' || value[^1] == ' ')))
        {
            return false;
        }

        foreach (var character in value)
        {
            if (character is < ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }
}

/// <param name="Name">In lower case.</param>
/// <param name="Value">Printable ASCII.</param>
/// <param name="Indexing">Whether the header may be kept in the connection's compression table, where the transport has a say in it.</param>
public readonly record struct PostHeader(string Name, string Value, HeaderIndexing Indexing = HeaderIndexing.Allowed)
{
    /// <summary>The name alone: the value may be a secret, and text ends up in logs.</summary>
    public override string ToString() => Name;
}
