using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class InitialSchema : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "ApiKeys",
                columns: table => new
                {
                    KeyId = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Scopes = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: true),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ApiKeys", x => x.KeyId);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Apps",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    AppId = table.Column<string>(type: "TEXT", nullable: true),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    DeletedAtMs = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Apps", x => x.AppKey);
                });

            migrationBuilder.CreateTable(
                name: "AudienceCounts",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    ChannelKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Members = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AudienceCounts", x => new { x.Shard, x.AppKey, x.ChannelKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Channels",
                columns: table => new
                {
                    ChannelKey = table.Column<long>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    ChannelId = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Channels", x => x.ChannelKey);
                });

            migrationBuilder.CreateTable(
                name: "Deferred",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceKey = table.Column<long>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    DueAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Deferred", x => new { x.Shard, x.EventKey, x.DeviceKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Devices",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    Environment = table.Column<byte>(type: "INTEGER", nullable: false),
                    LastSeenMs = table.Column<long>(type: "INTEGER", nullable: false),
                    QuarantinedVersion = table.Column<int>(type: "INTEGER", nullable: true),
                    Token = table.Column<string>(type: "TEXT", nullable: false),
                    Locale = table.Column<string>(type: "TEXT", nullable: true),
                    Tags = table.Column<string>(type: "TEXT", nullable: true),
                    TokenHash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    DeviceId = table.Column<string>(type: "TEXT", nullable: false),
                    TimeZone = table.Column<string>(type: "TEXT", nullable: true),
                    AppVersion = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Devices", x => new { x.Shard, x.AppKey, x.SubscriberKey, x.DeviceKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Events",
                columns: table => new
                {
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    EventId = table.Column<string>(type: "TEXT", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    State = table.Column<byte>(type: "INTEGER", nullable: false),
                    Control = table.Column<byte>(type: "INTEGER", nullable: false),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    StartsAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    EstimatedAudience = table.Column<long>(type: "INTEGER", nullable: false),
                    StartedAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    FirstAcceptedAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Accepted50AtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Accepted90AtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Accepted99AtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    CompletedAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Content = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Events", x => x.EventKey);
                });

            migrationBuilder.CreateTable(
                name: "FanOutShards",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    CursorSubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    CursorDeviceKey = table.Column<long>(type: "INTEGER", nullable: false),
                    IsRead = table.Column<bool>(type: "INTEGER", nullable: false),
                    Accepted = table.Column<long>(type: "INTEGER", nullable: false),
                    Unregistered = table.Column<long>(type: "INTEGER", nullable: false),
                    Rejected = table.Column<long>(type: "INTEGER", nullable: false),
                    Expired = table.Column<long>(type: "INTEGER", nullable: false),
                    Cancelled = table.Column<long>(type: "INTEGER", nullable: false),
                    Pending = table.Column<long>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<long>(type: "INTEGER", nullable: false),
                    Reasons = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_FanOutShards", x => new { x.Shard, x.EventKey, x.Provider });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "IdempotencyKeys",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Key = table.Column<string>(type: "TEXT", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    RequestHash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdempotencyKeys", x => new { x.AppKey, x.Key });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "KeyBlocks",
                columns: table => new
                {
                    Sequence = table.Column<string>(type: "TEXT", nullable: false),
                    NextKey = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_KeyBlocks", x => x.Sequence);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "OutcomePages",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    PageNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    RecordedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    FirstAcceptedAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Accepted = table.Column<long>(type: "INTEGER", nullable: false),
                    Receipts = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_OutcomePages", x => new { x.Shard, x.EventKey, x.PageNumber });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "ProviderCredentials",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    UpdatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Secret = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ProviderCredentials", x => new { x.AppKey, x.Provider });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "RemovedDevices",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    DeviceKey = table.Column<long>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceId = table.Column<string>(type: "TEXT", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    Token = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    RemovedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RemovedDevices", x => new { x.Shard, x.AppKey, x.DeviceKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Subscribers",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberId = table.Column<string>(type: "TEXT", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Subscribers", x => new { x.Shard, x.AppKey, x.SubscriberId });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Subscriptions",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    ChannelKey = table.Column<long>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Subscriptions", x => new { x.Shard, x.AppKey, x.ChannelKey, x.SubscriberKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_AppKey",
                table: "ApiKeys",
                column: "AppKey");

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_Hash",
                table: "ApiKeys",
                column: "Hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Apps_AppId",
                table: "Apps",
                column: "AppId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Channels_AppKey_ChannelId",
                table: "Channels",
                columns: new[] { "AppKey", "ChannelId" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Deferred_EventKey_Shard_Provider_DueAtMs",
                table: "Deferred",
                columns: new[] { "EventKey", "Shard", "Provider", "DueAtMs" });

            migrationBuilder.CreateIndex(
                name: "IX_Devices_AppKey_DeviceId",
                table: "Devices",
                columns: new[] { "AppKey", "DeviceId" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Devices_AppKey_Provider_TokenHash",
                table: "Devices",
                columns: new[] { "AppKey", "Provider", "TokenHash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Devices_DeviceKey",
                table: "Devices",
                column: "DeviceKey",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Events_AppKey_EventKey",
                table: "Events",
                columns: new[] { "AppKey", "EventKey" });

            migrationBuilder.CreateIndex(
                name: "IX_Events_EventId",
                table: "Events",
                column: "EventId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Events_State_EventKey",
                table: "Events",
                columns: new[] { "State", "EventKey" },
                filter: "\"State\" < 3");

            migrationBuilder.CreateIndex(
                name: "IX_IdempotencyKeys_CreatedAtMs",
                table: "IdempotencyKeys",
                column: "CreatedAtMs");

            migrationBuilder.CreateIndex(
                name: "IX_RemovedDevices_AppKey_DeviceId",
                table: "RemovedDevices",
                columns: new[] { "AppKey", "DeviceId" });

            migrationBuilder.CreateIndex(
                name: "IX_Subscribers_SubscriberKey",
                table: "Subscribers",
                column: "SubscriberKey",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Subscriptions_Shard_SubscriberKey_ChannelKey",
                table: "Subscriptions",
                columns: new[] { "Shard", "SubscriberKey", "ChannelKey" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "ApiKeys");

            migrationBuilder.DropTable(
                name: "Apps");

            migrationBuilder.DropTable(
                name: "AudienceCounts");

            migrationBuilder.DropTable(
                name: "Channels");

            migrationBuilder.DropTable(
                name: "Deferred");

            migrationBuilder.DropTable(
                name: "Devices");

            migrationBuilder.DropTable(
                name: "Events");

            migrationBuilder.DropTable(
                name: "FanOutShards");

            migrationBuilder.DropTable(
                name: "IdempotencyKeys");

            migrationBuilder.DropTable(
                name: "KeyBlocks");

            migrationBuilder.DropTable(
                name: "OutcomePages");

            migrationBuilder.DropTable(
                name: "ProviderCredentials");

            migrationBuilder.DropTable(
                name: "RemovedDevices");

            migrationBuilder.DropTable(
                name: "Subscribers");

            migrationBuilder.DropTable(
                name: "Subscriptions");
        }
    }
}
