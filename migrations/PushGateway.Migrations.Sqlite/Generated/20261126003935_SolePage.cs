using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class SolePage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "SoleAttempts",
                table: "Events",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "SoleProviders",
                table: "Events",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "SoleReceipts",
                table: "Events",
                type: "BLOB",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "SoleShard",
                table: "Events",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "SoleAttempts",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleProviders",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleReceipts",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "SoleShard",
                table: "Events");
        }
    }
}
