using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace PushGateway.Server.Tests.Api;

/// <summary>Whatever is posted, the answer is an acceptance or a problem that names what is wrong; never a failure of the gateway.</summary>
public sealed class PublishFuzzTests(GatewayFixture fixture)
{
    private const int Cases = 400;

    private static readonly byte[] s_valid = Encoding.UTF8.GetBytes(Samples.FullEvent().ToJsonString());

    private static readonly string[] s_spoilers =
        ["null", "true", "-1", "1e400", "\"\"", "\"\\u0000\"", "[]", "{}", "[[]]", "[null]", "{\"a\":null}", "9223372036854775808", "\"" + new string('x', 9000) + "\""];

    private static readonly Gen<byte[]> s_flipped =
        Gen.Select(Gen.Int[0, s_valid.Length - 1], Gen.Byte).Array[1, 6].Select(flips =>
        {
            var body = s_valid.ToArray();
            foreach (var (index, value) in flips)
            {
                body[index] = value;
            }

            return body;
        });

    private static readonly Gen<byte[]> s_truncated = Gen.Int[0, s_valid.Length].Select(length => s_valid[..length]);

    private static readonly Gen<byte[]> s_replaced =
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, s_spoilers.Length - 1]).Array[1, 3].Select(changes =>
        {
            var body = (JsonNode)Samples.FullEvent();
            foreach (var (place, spoiler) in changes)
            {
                body = Replace(body, place, s_spoilers[spoiler]);
            }

            return Encoding.UTF8.GetBytes(body.ToJsonString());
        });

    [Fact]
    public async Task Publish_AnyMutation_NeverFails() => await CheckAsync("application/json", Gen.OneOf(s_flipped, s_truncated, s_replaced));

    [Fact]
    public async Task Publish_AnyMutationOfACloudEvent_NeverFails()
    {
        var head = Encoding.UTF8.GetBytes("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/v\",\"type\":\"t\",\"data\":");
        var mutation = Gen.Select(Gen.OneOf(s_flipped, s_replaced), Gen.Int[-1, head.Length - 1], Gen.Byte).Select(parts =>
        {
            byte[] body = [.. head, .. parts.Item1, (byte)'}'];
            if (parts.Item2 >= 0)
            {
                body[parts.Item2] = parts.Item3;
            }

            return body;
        });
        await CheckAsync("application/cloudevents+json", mutation);
    }

    private async Task CheckAsync(string contentType, Gen<byte[]> bodies)
    {
        var app = await fixture.CreateAppAsync();
        await bodies.SampleAsync(
            async body =>
            {
                var answer = await app.Publish.PostBytesAsync($"{app.Path}/events", body, contentType);
                Assert.True(answer.Status is 202 or 400 or 409 or 413, $"{answer.Status} {answer.Body} for {Encoding.UTF8.GetString(body)}");
                if (answer.Status == 400)
                {
                    Assert.NotEmpty(answer.Code!);
                    Assert.NotEmpty(answer.Fields);
                }
            },
            iter: Cases, threads: 1);
        fixture.Gateway.Errors.ExpectNone();
    }

    /// <summary>Puts a spoiler in the place of some value, counted through the whole tree.</summary>
    private static JsonNode Replace(JsonNode root, int place, string spoiler)
    {
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        var target = nodes[place % nodes.Count];
        var value = spoiler == "1e400" ? JsonValue.Create(1e300) : JsonNode.Parse(spoiler);
        switch (target.Parent)
        {
            case JsonObject parent:
                parent[target.GetPropertyName()] = value;
                return root;
            case JsonArray parent:
                parent[target.GetElementIndex()] = value;
                return root;
            default:
                return value ?? new JsonObject();
        }
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        if (node is JsonObject members)
        {
            foreach (var (_, member) in members)
            {
                Collect(member, nodes);
            }
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Collect(item, nodes);
            }
        }
    }
}
