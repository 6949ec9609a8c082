using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PushGateway.Migrations.Sqlite.Generated
{
    /// <inheritdoc />
    public partial class Nodes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Nodes",
                columns: table => new
                {
                    NodeKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<string>(type: "TEXT", nullable: false),
                    StartedAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    SeenAtMs = table.Column<long>(type: "INTEGER", nullable: false),
                    IsLeaving = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Nodes", x => x.NodeKey);
                })
                .Annotation("PushGateway:WithoutRowId", true);

            migrationBuilder.CreateTable(
                name: "ShardLeases",
                columns: table => new
                {
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    NodeKey = table.Column<long>(type: "INTEGER", nullable: false),
                    Epoch = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ShardLeases", x => x.Shard);
                })
                .Annotation("PushGateway:WithoutRowId", true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Nodes");

            migrationBuilder.DropTable(
                name: "ShardLeases");
        }
    }
}
