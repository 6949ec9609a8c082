using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class LiveForgotten : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "LiveForgotten",
                columns: table => new
                {
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    Channel = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    AtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_LiveForgotten", x => new { x.AppKey, x.Channel });
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateIndex(
                name: "IX_LiveForgotten_AtMs",
                table: "LiveForgotten",
                column: "AtMs");

            // What went before nobody knows: of these channels nothing older than what is there, of the others nothing older than now.
            migrationBuilder.Sql("INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, Channel, MIN(Sequence) - 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000 FROM LiveMessages GROUP BY AppKey, Channel");
            migrationBuilder.Sql("INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, '', CAST(strftime('%s', 'now') AS INTEGER) * 1000, CAST(strftime('%s', 'now') AS INTEGER) * 1000 FROM Apps");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "LiveForgotten");
        }
    }
}
