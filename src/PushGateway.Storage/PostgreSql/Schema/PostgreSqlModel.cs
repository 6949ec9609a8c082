using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace PushGateway.Storage.PostgreSql.Schema;

/// <summary>What the model says differently on PostgreSQL, so that the hand-written SQL is the same for both databases.</summary>
internal static class PostgreSqlModel
{
    private static readonly BoolToZeroOneConverter<int> s_zeroOne = new();

    public static void Apply(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            // A name without quotes means the one in small letters.
            entity.SetTableName(Small(entity.GetTableName()));
            foreach (var property in entity.GetProperties())
            {
                Apply(property);
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName(Small(key.GetName()));
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName(Small(index.GetDatabaseName()));
                index.SetFilter(Small(index.GetFilter()));
            }
        }
    }

    private static void Apply(IMutableProperty property)
    {
        property.SetColumnName(Small(property.GetColumnName()));
        if (property.ClrType == typeof(string))
        {
            // By the bytes, as in SQLite: ids are no words of a language.
            property.SetCollation("C");
        }
        else if (property.ClrType == typeof(bool))
        {
            property.SetValueConverter(s_zeroOne);
            if (property.GetDefaultValue() is bool value)
            {
                property.SetDefaultValue(value);
            }
        }
    }

    private static string? Small(string? name) => name?.ToLowerInvariant();
}
