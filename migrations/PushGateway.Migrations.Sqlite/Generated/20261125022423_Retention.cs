using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class Retention : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_RemovedDevices_AppKey_RemovedAtMs",
                table: "RemovedDevices",
                columns: new[] { "AppKey", "RemovedAtMs" });

            migrationBuilder.CreateIndex(
                name: "IX_Events_CompletedAtMs",
                table: "Events",
                column: "CompletedAtMs",
                filter: "\"CompletedAtMs\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_RemovedDevices_AppKey_RemovedAtMs",
                table: "RemovedDevices");

            migrationBuilder.DropIndex(
                name: "IX_Events_CompletedAtMs",
                table: "Events");
        }
    }
}
