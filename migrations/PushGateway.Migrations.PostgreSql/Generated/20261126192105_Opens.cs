using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class Opens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "eventopens",
                columns: table => new
                {
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    opened = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_eventopens", x => x.eventkey);
                });

            migrationBuilder.CreateTable(
                name: "openeddevices",
                columns: table => new
                {
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openeddevices", x => new { x.eventkey, x.devicekey });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "eventopens");

            migrationBuilder.DropTable(
                name: "openeddevices");
        }
    }
}
