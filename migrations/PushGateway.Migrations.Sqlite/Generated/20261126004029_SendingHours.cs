using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class SendingHours : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "Suppressed",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

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
                    Devices = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Waits", x => new { x.Shard, x.EventKey, x.DueAtMs, x.Number });
                })
                .Annotation("PushGateway:WithoutRowId", true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DailyCharges");

            migrationBuilder.DropTable(
                name: "Waits");

            migrationBuilder.DropColumn(
                name: "Suppressed",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "StartsAtMs",
                table: "Deferred");

            migrationBuilder.DropColumn(
                name: "MaxPerSubscriberPerDay",
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
