using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Sqlite.Metadata.Internal;

namespace PushGateway.Storage.Sqlite.Schema;

/// <summary>Carries <see cref="WithoutRowId"/> from the model into the migrations.</summary>
#pragma warning disable EF1001 // The public base class knows nothing of SQLite's own annotations, which must be kept.
internal sealed class StoreAnnotationProvider(RelationalAnnotationProviderDependencies dependencies)
    : SqliteAnnotationProvider(dependencies)
#pragma warning restore EF1001
{
    public override IEnumerable<IAnnotation> For(ITable table, bool designTime)
    {
        foreach (var annotation in base.For(table, designTime))
        {
            yield return annotation;
        }

        if (designTime && table.EntityTypeMappings.Any(mapping => mapping.TypeBase.FindAnnotation(WithoutRowId.Annotation) is not null))
        {
            yield return new Annotation(WithoutRowId.Annotation, true);
        }
    }
}
