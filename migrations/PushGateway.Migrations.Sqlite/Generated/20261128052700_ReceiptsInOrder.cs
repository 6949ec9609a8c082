using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class ReceiptsInOrder : Migration
    {
        private const string Columns = "\"Shard\", \"EventKey\", \"PageNumber\", \"RecordedAtMs\", \"FirstAcceptedAtMs\", \"Accepted\", \"Receipts\"";

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => Copy(migrationBuilder, string.Empty);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => Copy(migrationBuilder, " WITHOUT ROWID");

        // By hand: the tool changes a table in more than one transaction, and a gateway that is killed in between would not start again.
        private static void Copy(MigrationBuilder migrationBuilder, string form)
        {
            migrationBuilder.Sql("ALTER TABLE \"OutcomePages\" RENAME TO \"OutcomePagesBefore\"");
            migrationBuilder.Sql(
                "CREATE TABLE \"OutcomePages\" (\"Shard\" INTEGER NOT NULL, \"EventKey\" INTEGER NOT NULL, \"PageNumber\" INTEGER NOT NULL, \"RecordedAtMs\" INTEGER NOT NULL, " +
                "\"FirstAcceptedAtMs\" INTEGER NULL, \"Accepted\" INTEGER NOT NULL, \"Receipts\" BLOB NOT NULL, " +
                $"CONSTRAINT \"PK_OutcomePages\" PRIMARY KEY (\"Shard\", \"EventKey\", \"PageNumber\")){form}");
            migrationBuilder.Sql($"INSERT INTO \"OutcomePages\" ({Columns}) SELECT {Columns} FROM \"OutcomePagesBefore\"");
            migrationBuilder.Sql("DROP TABLE \"OutcomePagesBefore\"");
        }
    }
}
