using System.Globalization;

namespace PushGateway.Storage.Events;

/// <summary>Where a listing of receipts goes on: the receipt at this position is the next one to look at.</summary>
internal readonly record struct ReceiptCursor(int Shard, int PageNumber, int Index)
{
    /// <exception cref="ArgumentException">The text was not made by <see cref="ToString"/>.</exception>
    public static ReceiptCursor Parse(string? text)
    {
        if (text is null)
        {
            return default;
        }

        Span<Range> parts = stackalloc Range[4];
        if (text.AsSpan().Split(parts, '.') == 3 && TryParse(text.AsSpan(parts[0]), out var shard) &&
            TryParse(text.AsSpan(parts[1]), out var pageNumber) && TryParse(text.AsSpan(parts[2]), out var index))
        {
            return new ReceiptCursor(shard, pageNumber, index);
        }

        throw new ArgumentException("The cursor was not given by a listing of receipts.", nameof(text));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Shard}.{PageNumber}.{Index}");

    private static bool TryParse(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
