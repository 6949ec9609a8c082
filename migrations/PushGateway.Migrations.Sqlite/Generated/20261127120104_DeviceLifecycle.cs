using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class DeviceLifecycle : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "AppIdentities",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Identity = table.Column<string>(type: "TEXT", nullable: false),
                    UpdatedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AppIdentities", x => x.AppKey);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "DeletedSubscribers",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberId = table.Column<string>(type: "TEXT", nullable: false),
                    DeletedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DeletedSubscribers", x => new { x.AppKey, x.SubscriberId });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "DeviceExpiries",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    PassedAtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DeviceExpiries", x => x.Shard);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "SubscriberPurges",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    SubscriberId = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SubscriberPurges", x => new { x.AppKey, x.SubscriberKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateIndex(
                name: "IX_OpenedDevices_DeviceKey",
                table: "OpenedDevices",
                column: "DeviceKey");

            migrationBuilder.CreateIndex(
                name: "IX_DeletedSubscribers_DeletedAtMs",
                table: "DeletedSubscribers",
                column: "DeletedAtMs");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "AppIdentities");

            migrationBuilder.DropTable(
                name: "DeletedSubscribers");

            migrationBuilder.DropTable(
                name: "DeviceExpiries");

            migrationBuilder.DropTable(
                name: "SubscriberPurges");

            migrationBuilder.DropIndex(
                name: "IX_OpenedDevices_DeviceKey",
                table: "OpenedDevices");
        }
    }
}
