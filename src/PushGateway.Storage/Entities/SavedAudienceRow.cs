namespace PushGateway.Storage.Entities;

/// <summary>An audience that events of its app can name.</summary>
internal sealed class SavedAudienceRow
{
    public int AppKey { get; set; }

    public required string Name { get; set; }

    public long CreatedAtMs { get; set; }

    public long UpdatedAtMs { get; set; }

    /// <summary>As an event stores its audience.</summary>
    public required byte[] Definition { get; set; }
}
