using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PushGateway.Storage.Sqlite.Schema;

/// <summary>Marks tables that are stored in the order of their primary key: one B-tree in place of two.</summary>
internal static class WithoutRowId
{
    public const string Annotation = "PushGateway:WithoutRowId";

    public static void IsWithoutRowId<TEntity>(this EntityTypeBuilder<TEntity> entity)
        where TEntity : class => entity.Metadata.SetAnnotation(Annotation, true);
}
