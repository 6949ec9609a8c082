using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class RepeatsByPage : Migration
    {
        private const string Columns = "\"FeedbackKey\", \"AppKey\", \"EventKey\", \"Shard\", \"RecordedAtMs\", \"Items\"";

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            Copy(migrationBuilder, string.Empty);
            migrationBuilder.AddColumn<int>(name: "Attempts", table: "Waits", type: "INTEGER", nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE \"Waits\" DROP COLUMN \"Attempts\"");
            Copy(migrationBuilder, " WITHOUT ROWID");
        }

        // By hand: the tool changes a table in more than one transaction, and a gateway that is killed in between would not start again.
        private static void Copy(MigrationBuilder migrationBuilder, string form)
        {
            migrationBuilder.Sql("ALTER TABLE \"WaitingFeedback\" RENAME TO \"WaitingFeedbackBefore\"");
            migrationBuilder.Sql(
                "CREATE TABLE \"WaitingFeedback\" (\"FeedbackKey\" INTEGER NOT NULL CONSTRAINT \"PK_WaitingFeedback\" PRIMARY KEY, \"AppKey\" INTEGER NOT NULL, " +
                $"\"EventKey\" INTEGER NOT NULL, \"Shard\" INTEGER NOT NULL, \"RecordedAtMs\" INTEGER NOT NULL, \"Items\" BLOB NOT NULL){form}");
            migrationBuilder.Sql($"INSERT INTO \"WaitingFeedback\" ({Columns}) SELECT {Columns} FROM \"WaitingFeedbackBefore\"");
            migrationBuilder.Sql("DROP TABLE \"WaitingFeedbackBefore\"");
            migrationBuilder.Sql("CREATE INDEX \"IX_WaitingFeedback_AppKey\" ON \"WaitingFeedback\" (\"AppKey\")");
            migrationBuilder.Sql("CREATE INDEX \"IX_WaitingFeedback_EventKey\" ON \"WaitingFeedback\" (\"EventKey\")");
        }
    }
}
