using System.Buffers.Binary;

namespace PushGateway.FaultTests.Stores;

/// <summary>A write-ahead log as it lies in its file (https://www.sqlite.org/fileformat2.html#walformat).</summary>
/// <param name="Salt">Both salts: the log begins anew with others.</param>
/// <param name="CommittedEnd">Bytes up to the end of the last transaction in it.</param>
/// <param name="Length">Bytes of the file; what is past the last transaction is torn, or left from an earlier log.</param>
internal readonly record struct WriteAheadLog(ulong Salt, long CommittedEnd, long Length)
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;

    public static WriteAheadLog Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var header = new byte[HeaderLength];
        if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return new WriteAheadLog(0, 0, stream.Length);
        }

        var pageSize = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        var salt = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(16));
        var (position, committedEnd) = ((long)HeaderLength, (long)HeaderLength);
        var frame = new byte[FrameHeaderLength];
        while (position + FrameHeaderLength + pageSize <= stream.Length)
        {
            stream.Position = position;
            stream.ReadExactly(frame);
            if (BinaryPrimitives.ReadUInt64BigEndian(frame.AsSpan(8)) != salt)
            {
                break;
            }

            position += FrameHeaderLength + pageSize;
            var pagesAfterCommit = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4));
            committedEnd = pagesAfterCommit > 0 ? position : committedEnd;
        }

        return new WriteAheadLog(salt, committedEnd, stream.Length);
    }
}
