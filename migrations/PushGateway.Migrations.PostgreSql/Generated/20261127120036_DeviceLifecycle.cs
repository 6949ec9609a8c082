using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class DeviceLifecycle : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "appidentities",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    identity = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    updatedatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_appidentities", x => x.appkey);
                });

            migrationBuilder.CreateTable(
                name: "deletedsubscribers",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    subscriberid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    deletedatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_deletedsubscribers", x => new { x.appkey, x.subscriberid });
                });

            migrationBuilder.CreateTable(
                name: "deviceexpiries",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    passedatms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_deviceexpiries", x => x.shard);
                });

            migrationBuilder.CreateTable(
                name: "subscriberpurges",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    shard = table.Column<int>(type: "integer", nullable: false),
                    subscriberid = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriberpurges", x => new { x.appkey, x.subscriberkey });
                });

            migrationBuilder.CreateIndex(
                name: "ix_openeddevices_devicekey",
                table: "openeddevices",
                column: "devicekey");

            migrationBuilder.CreateIndex(
                name: "ix_deletedsubscribers_deletedatms",
                table: "deletedsubscribers",
                column: "deletedatms");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "appidentities");

            migrationBuilder.DropTable(
                name: "deletedsubscribers");

            migrationBuilder.DropTable(
                name: "deviceexpiries");

            migrationBuilder.DropTable(
                name: "subscriberpurges");

            migrationBuilder.DropIndex(
                name: "ix_openeddevices_devicekey",
                table: "openeddevices");
        }
    }
}
