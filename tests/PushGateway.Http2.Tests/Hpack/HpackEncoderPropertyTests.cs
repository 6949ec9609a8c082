using System.Text;
using CsCheck;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

/// <summary>Whatever the peer announces and however blocks take turns, two decoders read what was meant.</summary>
public sealed class HpackEncoderPropertyTests(IndependentHpack independent) : IClassFixture<IndependentHpack>
{
    private readonly IndependentHpack _independent = independent.Started();

    private static readonly Gen<PostHeader> s_header = Gen.Select(
        Gen.OneOf(
            Gen.OneOf("authorization", "apns-topic", "apns-push-type", "apns-priority", "apns-collapse-id", "content-type", "content-length", "x"),
            Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Const('-')).Array[1, 30].Select(characters => new string(characters))),
        Gen.Frequency((8, Text(0, 60)), (2, Text(0, 400)), (1, Text(1000, 5000))),
        Gen.Frequency((6, Gen.Const(HeaderIndexing.Allowed)), (1, Gen.Const(HeaderIndexing.Literal)), (1, Gen.Const(HeaderIndexing.Never))),
        (name, value, indexing) => new PostHeader(name, value, indexing));

    private static readonly Gen<int> s_tableSize = Gen.Frequency((1, Gen.Const(0)), (3, Gen.Int[0, 400]), (3, Gen.Int[0, 4096]), (1, Gen.Int[4096, 70_000]));

    private static readonly Gen<Run> s_run = Gen.Select(
        s_header.List[0, 7].List[1, 24],
        Gen.OneOf(0, 100, 1000, 4096, 4096, 4096, 20_000),
        Gen.Select(
            Gen.Frequency((12, Gen.Const(new List<int>())), (1, s_tableSize.List[1, 3])),
            Text(0, 200),
            Gen.Int[0, 1000].List[0, 3],
            Gen.Int[1, 9],
            (sizes, path, blocks, times) => new Step(sizes, "/" + path, blocks, times)).List[1, 25],
        (headers, ownMaxTableSize, steps) => new Run([.. headers.Select(header => new HeaderBlock([.. header]))], ownMaxTableSize, steps));

    [Fact]
    public void Encode_AnyTurnsAndTableSizes_IsReadByTwoDecoders() =>
        s_run.Sample(
            run =>
            {
                var encoder = new HpackEncoder("https"u8, "api.push.apple.com"u8, run.OwnMaxTableSize);
                var decoder = new HpackDecoder(maxTableSize: 65_536, maxListBytes: 1_000_000, maxStringBytes: 65_536);
                List<DecodeStep> sent = [];
                List<(IReadOnlyList<Field> Fields, IReadOnlyList<bool> Never, int TableSize)> meant = [];
                foreach (var step in run.Steps)
                {
                    foreach (var size in step.TableSizes)
                    {
                        encoder.SetPeerTableSize((uint)size);
                    }

                    var blocks = step.Blocks.Select(index => run.Blocks[index % run.Blocks.Count]).ToArray();
                    var headers = blocks.SelectMany(block => block.Headers).ToList();
                    List<Field> fields =
                    [
                        new(":method", "POST"), new(":scheme", "https"), new(":authority", "api.push.apple.com"), new(":path", step.Path),
                        .. headers.Select(header => new Field(header.Name, header.Value)),
                    ];
                    List<bool> never = [false, false, false, false, .. headers.Select(header => header.Indexing == HeaderIndexing.Never)];
                    for (var time = 0; time < step.Times; time++)
                    {
                        var bytes = new byte[encoder.MaxEncodedLength(step.Path.Length, blocks)];
                        var block = bytes[..encoder.Encode(Encoding.ASCII.GetBytes(step.Path), blocks, bytes)];
                        sent.Add(new DecodeStep(time == 0 && step.TableSizes.Count > 0 ? step.TableSizes[^1] : null, block));
                        meant.Add((fields, never, encoder.Table.Size));

                        var (result, read) = decoder.Decode(block);
                        Assert.Equal(HpackResult.Ok, result);
                        Assert.Equal(fields, read);
                        Assert.Equal(encoder.Table.Size, decoder.Table.Size);
                        Assert.Equal(encoder.Table.Count, decoder.Table.Count);
                        Assert.DoesNotContain(decoder.ReadTable(), entry => entry.Name == ":path");
                        Assert.All(decoder.ReadTable(), entry => Assert.True(
                            entry.Name == ":authority" || run.IsIndexable(entry), entry.ToString()));
                    }
                }

                foreach (var ((fields, never, tableSize), read) in meant.Zip(_independent.Decode(sent)))
                {
                    Assert.Null(read.Error);
                    Assert.Equal(fields, read.Fields);
                    Assert.Equal(never, read.Never);
                    Assert.Equal(tableSize, read.Table.Sum(entry => entry.Size));
                }
            },
            iter: 300, threads: 1);

    private static Gen<string> Text(int min, int max) =>
        Gen.Char['!', '~'].Array[min, max].Select(characters => new string(characters));

    /// <param name="TableSizes">What the peer announces before the requests.</param>
    private sealed record Step(List<int> TableSizes, string Path, List<int> Blocks, int Times);

    private sealed record Run(IReadOnlyList<HeaderBlock> Blocks, int OwnMaxTableSize, List<Step> Steps)
    {
        public bool IsIndexable(Field entry) =>
            Blocks.SelectMany(block => block.Headers).Contains(new PostHeader(entry.Name, entry.Value));
    }
}
