using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace PushGateway.Storage.Sqlite.Schema;

/// <summary>Writes <c>WITHOUT ROWID</c> behind the tables that are marked for it.</summary>
internal sealed class StoreMigrationsSqlGenerator(
    MigrationsSqlGeneratorDependencies dependencies, IRelationalAnnotationProvider annotations)
    : SqliteMigrationsSqlGenerator(dependencies, annotations)
{
    protected override void Generate(
        CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.Generate(operation, model, builder, terminate: false);
        if (operation[WithoutRowId.Annotation] is true)
        {
            builder.Append(" WITHOUT ROWID");
        }

        if (terminate)
        {
            builder.AppendLine(Dependencies.SqlGenerationHelper.StatementTerminator);
            EndStatement(builder);
        }
    }
}
