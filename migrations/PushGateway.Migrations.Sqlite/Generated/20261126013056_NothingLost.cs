using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class NothingLost : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "BegunDeviceKey",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "BegunSubscriberKey",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Suppressed",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "SoleAttempts",
                table: "Events",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "SoleProviders",
                table: "Events",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "SoleReceipts",
                table: "Events",
                type: "BLOB",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "SoleShard",
                table: "Events",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "IsBegun",
                table: "Deferred",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "StartsAtMs",
                table: "Deferred",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "MaxPerSubscriberPerDay",
                table: "Apps",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "MaxRatePerSecond",
                table: "Apps",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "QuietFromMinute",
                table: "Apps",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "QuietTimeZone",
                table: "Apps",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "QuietToMinute",
                table: "Apps",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "DailyCharges",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    Day = table.Column<int>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Block = table.Column<long>(type: "INTEGER", nullable: false),
                    Charges = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DailyCharges", x => new { x.Shard, x.Day, x.AppKey, x.Block });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "RemovalHolds",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    HeldSinceMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Judged = table.Column<long>(type: "INTEGER", nullable: false),
                    Removed = table.Column<long>(type: "INTEGER", nullable: false),
                    AllowedUntilMs = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RemovalHolds", x => new { x.AppKey, x.Provider });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Removals",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    RemovalKey = table.Column<long>(type: "INTEGER", nullable: false),
                    State = table.Column<byte>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    AtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceId = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceKey = table.Column<long>(type: "INTEGER", nullable: false),
                    LastSeenMs = table.Column<long>(type: "INTEGER", nullable: false),
                    CredentialVersion = table.Column<int>(type: "INTEGER", nullable: false),
                    Token = table.Column<string>(type: "TEXT", nullable: true),
                    Environment = table.Column<byte>(type: "INTEGER", nullable: false),
                    Locale = table.Column<string>(type: "TEXT", nullable: true),
                    Tags = table.Column<string>(type: "TEXT", nullable: true),
                    TimeZone = table.Column<string>(type: "TEXT", nullable: true),
                    AppVersion = table.Column<string>(type: "TEXT", nullable: true),
                    DeviceCreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Removals", x => new { x.AppKey, x.RemovalKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Waits",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DueAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Provider = table.Column<byte>(type: "INTEGER", nullable: false),
                    StartsAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Taken = table.Column<int>(type: "INTEGER", nullable: false),
                    Begun = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 0),
                    Devices = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Waits", x => new { x.Shard, x.EventKey, x.DueAtMs, x.Number });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "WebhookNotices",
                columns: table => new
                {
                    WebhookKey = table.Column<long>(type: "INTEGER", nullable: false),
                    NoticeKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    AtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Data = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_WebhookNotices", x => new { x.WebhookKey, x.NoticeKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "Webhooks",
                columns: table => new
                {
                    WebhookKey = table.Column<long>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    WebhookId = table.Column<string>(type: "TEXT", nullable: false),
                    Url = table.Column<string>(type: "TEXT", nullable: false),
                    Secret = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Notices = table.Column<int>(type: "INTEGER", nullable: false),
                    IsEnabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    CreatedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    ParkedAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    LastError = table.Column<string>(type: "TEXT", nullable: true),
                    LastSuccessAtMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Dropped = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Webhooks", x => x.WebhookKey);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Removals_AppKey_DeviceId",
                table: "Removals",
                columns: new[] { "AppKey", "DeviceId" });

            migrationBuilder.CreateIndex(
                name: "IX_Removals_AppKey_EventKey",
                table: "Removals",
                columns: new[] { "AppKey", "EventKey" });

            migrationBuilder.CreateIndex(
                name: "IX_Removals_AppKey_Provider_RemovalKey",
                table: "Removals",
                columns: new[] { "AppKey", "Provider", "RemovalKey" },
                filter: "\"State\" = 2");

            migrationBuilder.CreateIndex(
                name: "IX_Removals_AtMs",
                table: "Removals",
                column: "AtMs",
                filter: "\"State\" <> 2");

            migrationBuilder.CreateIndex(
                name: "IX_Webhooks_AppKey_WebhookId",
                table: "Webhooks",
                columns: new[] { "AppKey", "WebhookId" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DailyCharges");

            migrationBuilder.DropTable(
                name: "RemovalHolds");

            migrationBuilder.DropTable(
                name: "Removals");

            migrationBuilder.DropTable(
                name: "Waits");

            migrationBuilder.DropTable(
                name: "WebhookNotices");

            migrationBuilder.DropTable(
                name: "Webhooks");

            migrationBuilder.DropColumn(
                name: "BegunDeviceKey",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "BegunSubscriberKey",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "Suppressed",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "SoleAttempts",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleProviders",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleReceipts",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleShard",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "IsBegun",
                table: "Deferred");

            migrationBuilder.DropColumn(
                name: "StartsAtMs",
                table: "Deferred");

            migrationBuilder.DropColumn(
                name: "MaxPerSubscriberPerDay",
                table: "Apps");

            migrationBuilder.DropColumn(
                name: "MaxRatePerSecond",
                table: "Apps");

            migrationBuilder.DropColumn(
                name: "QuietFromMinute",
                table: "Apps");

            migrationBuilder.DropColumn(
                name: "QuietTimeZone",
                table: "Apps");

            migrationBuilder.DropColumn(
                name: "QuietToMinute",
                table: "Apps");
        }
    }
}
