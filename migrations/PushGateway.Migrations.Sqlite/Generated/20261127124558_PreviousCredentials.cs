using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class PreviousCredentials : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "PreviousReplacedAtMs",
                table: "ProviderCredentials",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "PreviousSecret",
                table: "ProviderCredentials",
                type: "BLOB",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "PreviousUpdatedAtMs",
                table: "ProviderCredentials",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "PreviousVersion",
                table: "ProviderCredentials",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "FirstSignIns",
                columns: table => new
                {
                    TokenHash = table.Column<string>(type: "TEXT", nullable: false),
                    UntilMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_FirstSignIns", x => x.TokenHash);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "FirstSignIns");

            migrationBuilder.DropColumn(
                name: "PreviousReplacedAtMs",
                table: "ProviderCredentials");

            migrationBuilder.DropColumn(
                name: "PreviousSecret",
                table: "ProviderCredentials");

            migrationBuilder.DropColumn(
                name: "PreviousUpdatedAtMs",
                table: "ProviderCredentials");

            migrationBuilder.DropColumn(
                name: "PreviousVersion",
                table: "ProviderCredentials");
        }
    }
}
