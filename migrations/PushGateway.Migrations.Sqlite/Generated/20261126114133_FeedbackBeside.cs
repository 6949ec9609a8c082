using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class FeedbackBeside : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "WaitingFeedback",
                columns: table => new
                {
                    FeedbackKey = table.Column<long>(type: "INTEGER", nullable: false),
                    AppKey = table.Column<int>(type: "INTEGER", nullable: false),
                    EventKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    RecordedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Items = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_WaitingFeedback", x => x.FeedbackKey);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateIndex(
                name: "IX_WaitingFeedback_AppKey",
                table: "WaitingFeedback",
                column: "AppKey");

            migrationBuilder.CreateIndex(
                name: "IX_WaitingFeedback_EventKey",
                table: "WaitingFeedback",
                column: "EventKey");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "WaitingFeedback");
        }
    }
}
