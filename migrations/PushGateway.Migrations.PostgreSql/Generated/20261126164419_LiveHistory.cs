using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class LiveHistory : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "livemessages",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    channel = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false, collation: "C"),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    atms = table.Column<long>(type: "bigint", nullable: false),
                    json = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_livemessages", x => new { x.appkey, x.channel, x.sequence });
                });

            migrationBuilder.CreateTable(
                name: "livewaits",
                columns: table => new
                {
                    eventkey = table.Column<long>(type: "bigint", nullable: false),
                    appkey = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_livewaits", x => x.eventkey);
                });

            migrationBuilder.CreateIndex(
                name: "ix_livemessages_atms",
                table: "livemessages",
                column: "atms");

            migrationBuilder.CreateIndex(
                name: "ix_livewaits_appkey",
                table: "livewaits",
                column: "appkey");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "livemessages");

            migrationBuilder.DropTable(
                name: "livewaits");
        }
    }
}
