using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class InitialSchema : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "apikeys",
                columns: table => new
                {
                    keyid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    scopes = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: true),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_apikeys", x => x.keyid);
                });

            migrationBuilder.CreateTable(
                name: "apps",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    appid = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    deletedatms = table.Column<long>(type: "bigint", nullable: true),
                    maxratepersecond = table.Column<int>(type: "integer", nullable: true),
                    quietfromminute = table.Column<int>(type: "integer", nullable: true),
                    quiettominute = table.Column<int>(type: "integer", nullable: true),
                    quiettimezone = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    maxpersubscriberperday = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_apps", x => x.appkey);
                });

            migrationBuilder.CreateTable(
                name: "audiencecounts",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    channelkey = table.Column<long>(type: "bigint", nullable: false),
                    members = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audiencecounts", x => new { x.shard, x.appkey, x.channelkey });
                });

            migrationBuilder.CreateTable(
                name: "channels",
                columns: table => new
                {
                    channelkey = table.Column<long>(type: "bigint", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    channelid = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_channels", x => x.channelkey);
                });

            migrationBuilder.CreateTable(
                name: "dailycharges",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    day = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    block = table.Column<long>(type: "bigint", nullable: false),
                    charges = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dailycharges", x => new { x.shard, x.day, x.appkey, x.block });
                });

            migrationBuilder.CreateTable(
                name: "deferred",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    dueatms = table.Column<long>(type: "bigint", nullable: false),
                    startsatms = table.Column<long>(type: "bigint", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    isbegun = table.Column<int>(type: "integer", nullable: false, defaultValue: 0)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_deferred", x => new { x.shard, x.eventkey, x.devicekey });
                });

            migrationBuilder.CreateTable(
                name: "devices",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    environment = table.Column<byte>(type: "smallint", nullable: false),
                    lastseenms = table.Column<long>(type: "bigint", nullable: false),
                    quarantinedversion = table.Column<int>(type: "integer", nullable: true),
                    token = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    locale = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    tags = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    tokenhash = table.Column<byte[]>(type: "bytea", nullable: false),
                    deviceid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    timezone = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    appversion = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    createdatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_devices", x => new { x.shard, x.appkey, x.subscriberkey, x.devicekey });
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    eventid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<byte>(type: "smallint", nullable: false),
                    control = table.Column<byte>(type: "smallint", nullable: false),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    startsatms = table.Column<long>(type: "bigint", nullable: false),
                    estimatedaudience = table.Column<long>(type: "bigint", nullable: false),
                    startedatms = table.Column<long>(type: "bigint", nullable: true),
                    firstacceptedatms = table.Column<long>(type: "bigint", nullable: true),
                    accepted50atms = table.Column<long>(type: "bigint", nullable: true),
                    accepted90atms = table.Column<long>(type: "bigint", nullable: true),
                    accepted99atms = table.Column<long>(type: "bigint", nullable: true),
                    completedatms = table.Column<long>(type: "bigint", nullable: true),
                    content = table.Column<byte[]>(type: "bytea", nullable: false),
                    soleshard = table.Column<int>(type: "integer", nullable: true),
                    soleproviders = table.Column<int>(type: "integer", nullable: true),
                    soleattempts = table.Column<long>(type: "bigint", nullable: true),
                    solereceipts = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => x.eventkey);
                });

            migrationBuilder.CreateTable(
                name: "fanoutshards",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    cursorsubscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    cursordevicekey = table.Column<long>(type: "bigint", nullable: false),
                    isread = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    accepted = table.Column<long>(type: "bigint", nullable: false),
                    unregistered = table.Column<long>(type: "bigint", nullable: false),
                    rejected = table.Column<long>(type: "bigint", nullable: false),
                    expired = table.Column<long>(type: "bigint", nullable: false),
                    cancelled = table.Column<long>(type: "bigint", nullable: false),
                    suppressed = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    pending = table.Column<long>(type: "bigint", nullable: false),
                    attempts = table.Column<long>(type: "bigint", nullable: false),
                    reasons = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    begunsubscriberkey = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    begundevicekey = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_fanoutshards", x => new { x.shard, x.eventkey, x.provider });
                });

            migrationBuilder.CreateTable(
                name: "idempotencykeys",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    requesthash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotencykeys", x => new { x.appkey, x.key });
                });

            migrationBuilder.CreateTable(
                name: "keyblocks",
                columns: table => new
                {
                    sequence = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    nextkey = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_keyblocks", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "outcomepages",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    pagenumber = table.Column<int>(type: "integer", nullable: false),
                    recordedatms = table.Column<long>(type: "bigint", nullable: false),
                    firstacceptedatms = table.Column<long>(type: "bigint", nullable: true),
                    accepted = table.Column<long>(type: "bigint", nullable: false),
                    receipts = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outcomepages", x => new { x.shard, x.eventkey, x.pagenumber });
                });

            migrationBuilder.CreateTable(
                name: "providercredentials",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    updatedatms = table.Column<long>(type: "bigint", nullable: false),
                    secret = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_providercredentials", x => new { x.appkey, x.provider });
                });

            migrationBuilder.CreateTable(
                name: "removalholds",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    heldsincems = table.Column<long>(type: "bigint", nullable: true),
                    judged = table.Column<long>(type: "bigint", nullable: false),
                    removed = table.Column<long>(type: "bigint", nullable: false),
                    alloweduntilms = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removalholds", x => new { x.appkey, x.provider });
                });

            migrationBuilder.CreateTable(
                name: "removals",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    removalkey = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<byte>(type: "smallint", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    atms = table.Column<long>(type: "bigint", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    deviceid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    shard = table.Column<int>(type: "integer", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false),
                    lastseenms = table.Column<long>(type: "bigint", nullable: false),
                    credentialversion = table.Column<int>(type: "integer", nullable: false),
                    token = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    environment = table.Column<byte>(type: "smallint", nullable: false),
                    locale = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    tags = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    timezone = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    appversion = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    devicecreatedatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removals", x => new { x.appkey, x.removalkey });
                });

            migrationBuilder.CreateTable(
                name: "removeddevices",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    deviceid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    token = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    removedatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removeddevices", x => new { x.shard, x.appkey, x.devicekey });
                });

            migrationBuilder.CreateTable(
                name: "savedaudiences",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    updatedatms = table.Column<long>(type: "bigint", nullable: false),
                    definition = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_savedaudiences", x => new { x.appkey, x.name });
                });

            migrationBuilder.CreateTable(
                name: "subscribers",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    subscriberid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscribers", x => new { x.shard, x.appkey, x.subscriberid });
                });

            migrationBuilder.CreateTable(
                name: "subscriptions",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    channelkey = table.Column<long>(type: "bigint", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriptions", x => new { x.shard, x.appkey, x.channelkey, x.subscriberkey });
                });

            migrationBuilder.CreateTable(
                name: "waitingfeedback",
                columns: table => new
                {
                    feedbackkey = table.Column<long>(type: "bigint", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    shard = table.Column<int>(type: "integer", nullable: false),
                    recordedatms = table.Column<long>(type: "bigint", nullable: false),
                    items = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waitingfeedback", x => x.feedbackkey);
                });

            migrationBuilder.CreateTable(
                name: "waits",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    dueatms = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    provider = table.Column<byte>(type: "smallint", nullable: false),
                    startsatms = table.Column<long>(type: "bigint", nullable: true),
                    taken = table.Column<int>(type: "integer", nullable: false),
                    begun = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    devices = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waits", x => new { x.shard, x.eventkey, x.dueatms, x.number });
                });

            migrationBuilder.CreateTable(
                name: "webhooknotices",
                columns: table => new
                {
                    webhookkey = table.Column<long>(type: "bigint", nullable: false),
                    noticekey = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<int>(type: "integer", nullable: false),
                    atms = table.Column<long>(type: "bigint", nullable: false),
                    data = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhooknotices", x => new { x.webhookkey, x.noticekey });
                });

            migrationBuilder.CreateTable(
                name: "webhooks",
                columns: table => new
                {
                    webhookkey = table.Column<long>(type: "bigint", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    webhookid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    url = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    secret = table.Column<byte[]>(type: "bytea", nullable: false),
                    notices = table.Column<int>(type: "integer", nullable: false),
                    isenabled = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    parkedatms = table.Column<long>(type: "bigint", nullable: true),
                    lasterror = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    lastsuccessatms = table.Column<long>(type: "bigint", nullable: true),
                    dropped = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhooks", x => x.webhookkey);
                });

            migrationBuilder.CreateIndex(
                name: "ix_apikeys_appkey",
                table: "apikeys",
                column: "appkey");

            migrationBuilder.CreateIndex(
                name: "ix_apikeys_hash",
                table: "apikeys",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_apps_appid",
                table: "apps",
                column: "appid",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_channels_appkey_channelid",
                table: "channels",
                columns: new[] { "appkey", "channelid" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_deferred_eventkey_shard_provider_dueatms",
                table: "deferred",
                columns: new[] { "eventkey", "shard", "provider", "dueatms" });

            migrationBuilder.CreateIndex(
                name: "ix_devices_appkey_deviceid",
                table: "devices",
                columns: new[] { "appkey", "deviceid" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_devices_appkey_provider_tokenhash",
                table: "devices",
                columns: new[] { "appkey", "provider", "tokenhash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_devices_devicekey",
                table: "devices",
                column: "devicekey",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_appkey_eventkey",
                table: "events",
                columns: new[] { "appkey", "eventkey" });

            migrationBuilder.CreateIndex(
                name: "ix_events_completedatms",
                table: "events",
                column: "completedatms",
                filter: "\"completedatms\" is not null");

            migrationBuilder.CreateIndex(
                name: "ix_events_eventid",
                table: "events",
                column: "eventid",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_state_eventkey",
                table: "events",
                columns: new[] { "state", "eventkey" },
                filter: "\"state\" < 3");

            migrationBuilder.CreateIndex(
                name: "ix_idempotencykeys_createdatms",
                table: "idempotencykeys",
                column: "createdatms");

            migrationBuilder.CreateIndex(
                name: "ix_removals_appkey_deviceid",
                table: "removals",
                columns: new[] { "appkey", "deviceid" });

            migrationBuilder.CreateIndex(
                name: "ix_removals_appkey_eventkey",
                table: "removals",
                columns: new[] { "appkey", "eventkey" });

            migrationBuilder.CreateIndex(
                name: "ix_removals_appkey_provider_removalkey",
                table: "removals",
                columns: new[] { "appkey", "provider", "removalkey" },
                filter: "\"state\" = 2");

            migrationBuilder.CreateIndex(
                name: "ix_removals_atms",
                table: "removals",
                column: "atms",
                filter: "\"state\" <> 2");

            migrationBuilder.CreateIndex(
                name: "ix_removeddevices_appkey_deviceid",
                table: "removeddevices",
                columns: new[] { "appkey", "deviceid" });

            migrationBuilder.CreateIndex(
                name: "ix_removeddevices_appkey_removedatms",
                table: "removeddevices",
                columns: new[] { "appkey", "removedatms" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_subscriberkey",
                table: "subscribers",
                column: "subscriberkey",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_shard_subscriberkey_channelkey",
                table: "subscriptions",
                columns: new[] { "shard", "subscriberkey", "channelkey" });

            migrationBuilder.CreateIndex(
                name: "ix_waitingfeedback_appkey",
                table: "waitingfeedback",
                column: "appkey");

            migrationBuilder.CreateIndex(
                name: "ix_waitingfeedback_eventkey",
                table: "waitingfeedback",
                column: "eventkey");

            migrationBuilder.CreateIndex(
                name: "ix_webhooks_appkey_webhookid",
                table: "webhooks",
                columns: new[] { "appkey", "webhookid" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "apikeys");

            migrationBuilder.DropTable(
                name: "apps");

            migrationBuilder.DropTable(
                name: "audiencecounts");

            migrationBuilder.DropTable(
                name: "channels");

            migrationBuilder.DropTable(
                name: "dailycharges");

            migrationBuilder.DropTable(
                name: "deferred");

            migrationBuilder.DropTable(
                name: "devices");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "fanoutshards");

            migrationBuilder.DropTable(
                name: "idempotencykeys");

            migrationBuilder.DropTable(
                name: "keyblocks");

            migrationBuilder.DropTable(
                name: "outcomepages");

            migrationBuilder.DropTable(
                name: "providercredentials");

            migrationBuilder.DropTable(
                name: "removalholds");

            migrationBuilder.DropTable(
                name: "removals");

            migrationBuilder.DropTable(
                name: "removeddevices");

            migrationBuilder.DropTable(
                name: "savedaudiences");

            migrationBuilder.DropTable(
                name: "subscribers");

            migrationBuilder.DropTable(
                name: "subscriptions");

            migrationBuilder.DropTable(
                name: "waitingfeedback");

            migrationBuilder.DropTable(
                name: "waits");

            migrationBuilder.DropTable(
                name: "webhooknotices");

            migrationBuilder.DropTable(
                name: "webhooks");
        }
    }
}
