using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class LiveForgotten : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "liveforgotten",
                columns: table => new
                {
                    appkey = table.Column<int>(type: "integer", nullable: false),
                    channel = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false, collation: "C"),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    atms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_liveforgotten", x => new { x.appkey, x.channel });
                });

            migrationBuilder.CreateIndex(
                name: "ix_liveforgotten_atms",
                table: "liveforgotten",
                column: "atms");

            // What went before nobody knows: of these channels nothing older than what is there, of the others nothing older than now.
            migrationBuilder.Sql("INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, Channel, MIN(Sequence) - 1, CAST(EXTRACT(EPOCH FROM now()) * 1000 AS bigint) FROM LiveMessages GROUP BY AppKey, Channel");
            migrationBuilder.Sql("INSERT INTO LiveForgotten (AppKey, Channel, Sequence, AtMs) SELECT AppKey, '', CAST(EXTRACT(EPOCH FROM now()) * 1000 AS bigint), CAST(EXTRACT(EPOCH FROM now()) * 1000 AS bigint) FROM Apps");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "liveforgotten");
        }
    }
}
