using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.PostgreSql.Generated
{
    /// <inheritdoc />
    public partial class AdminUsers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "adminusers",
                columns: table => new
                {
                    userid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    namekey = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    role = table.Column<byte>(type: "smallint", nullable: false),
                    passwordhash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    externalid = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    stamp = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    isdisabled = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    failedsignins = table.Column<int>(type: "integer", nullable: false),
                    lockeduntilms = table.Column<long>(type: "bigint", nullable: true),
                    createdatms = table.Column<long>(type: "bigint", nullable: false),
                    lastsigninatms = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_adminusers", x => x.userid);
                });

            migrationBuilder.CreateTable(
                name: "auditentries",
                columns: table => new
                {
                    auditid = table.Column<long>(type: "bigint", nullable: false),
                    atms = table.Column<long>(type: "bigint", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    detail = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_auditentries", x => x.auditid);
                });

            migrationBuilder.CreateIndex(
                name: "ix_adminusers_externalid",
                table: "adminusers",
                column: "externalid",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_adminusers_namekey",
                table: "adminusers",
                column: "namekey",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "adminusers");

            migrationBuilder.DropTable(
                name: "auditentries");
        }
    }
}
