using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class Opens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "EventOpens",
                columns: table => new
                {
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Opened = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EventOpens", x => x.EventKey);
                });

            migrationBuilder.CreateTable(
                name: "OpenedDevices",
                columns: table => new
                {
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    DeviceKey = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_OpenedDevices", x => new { x.EventKey, x.DeviceKey });
                })
                .Annotation("PushGateway:WithoutRowId", true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "EventOpens");

            migrationBuilder.DropTable(
                name: "OpenedDevices");
        }
    }
}
