using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class BegunPagesAndAppRate : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "BegunDeviceKey",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "BegunSubscriberKey",
                table: "FanOutShards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<bool>(
                name: "IsBegun",
                table: "Deferred",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "MaxRatePerSecond",
                table: "Apps",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "BegunDeviceKey",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "BegunSubscriberKey",
                table: "FanOutShards");

            migrationBuilder.DropColumn(
                name: "IsBegun",
                table: "Deferred");

            migrationBuilder.DropColumn(
                name: "MaxRatePerSecond",
                table: "Apps");
        }
    }
}
