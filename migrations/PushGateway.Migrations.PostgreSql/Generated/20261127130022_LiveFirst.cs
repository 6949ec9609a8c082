using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class LiveFirst : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "live",
                table: "fanoutshards",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "liveconfirmations",
                columns: table => new
                {
                    shard = table.Column<int>(type: "integer", nullable: false),
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    subscriberkey = table.Column<long>(type: "bigint", nullable: false),
                    devicekey = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_liveconfirmations", x => new { x.shard, x.eventkey, x.subscriberkey, x.devicekey });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "liveconfirmations");

            migrationBuilder.DropColumn(
                name: "live",
                table: "fanoutshards");
        }
    }
}
