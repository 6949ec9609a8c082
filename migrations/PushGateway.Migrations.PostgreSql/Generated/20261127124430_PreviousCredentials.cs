using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class PreviousCredentials : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "previousreplacedatms",
                table: "providercredentials",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "previoussecret",
                table: "providercredentials",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "previousupdatedatms",
                table: "providercredentials",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "previousversion",
                table: "providercredentials",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "firstsignins",
                columns: table => new
                {
                    tokenhash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    untilms = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_firstsignins", x => x.tokenhash);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "firstsignins");

            migrationBuilder.DropColumn(
                name: "previousreplacedatms",
                table: "providercredentials");

            migrationBuilder.DropColumn(
                name: "previoussecret",
                table: "providercredentials");

            migrationBuilder.DropColumn(
                name: "previousupdatedatms",
                table: "providercredentials");

            migrationBuilder.DropColumn(
                name: "previousversion",
                table: "providercredentials");
        }
    }
}
