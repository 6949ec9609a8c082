using System.Reflection;
using System.Text.Json;
using PushGateway.Core.Live;

namespace PushGateway.Live.Tests;

/// <summary>A message that many streams send at once.</summary>
public sealed class LiveFrameTests
{
    [Fact]
    public void Element_AskedForAgain_IsTheMessage()
    {
        var frame = new LiveFrame(new LiveEntry(7, """{"sequence":7}"""u8.ToArray()));
        Assert.Equal(7, frame.Element.GetProperty("sequence").GetInt32());
        Assert.Equal(JsonValueKind.Object, frame.Element.ValueKind);
    }

    /// <summary>Each form is made by whoever comes first, without a lock: written in one piece, or others would see half of it.</summary>
    [Fact]
    public void Forms_MadeWhileOthersLook_AreReferences() =>
        Assert.All(
            typeof(LiveFrame).GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public),
            field => Assert.False(field.FieldType.IsValueType, $"{field.Name} is written in more than one piece."));
}
