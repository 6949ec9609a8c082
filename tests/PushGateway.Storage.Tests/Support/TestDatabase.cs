namespace PushGateway.Storage.Tests.Support;

/// <summary>Where a test's store is: every store has a place of its own.</summary>
public abstract class TestDatabase
{
    public static TestDatabase Sqlite { get; } = new SqliteFiles();

    public abstract string Provider { get; }

    /// <summary>A place for a new store.</summary>
    /// <param name="isBlank">Without its schema; otherwise it may have it already.</param>
    /// <returns>The connection string.</returns>
    public abstract Task<string> CreateAsync(bool isBlank = false);

    public abstract Task DeleteAsync(string connectionString);

    /// <summary>Whether the bytes are anywhere in what the stopped store has on disk.</summary>
    public abstract Task<bool> ContainsAsync(string connectionString, byte[] bytes);

    /// <summary>SQL after which the table takes no more rows.</summary>
    public abstract string RefuseInserts(string table);

    /// <summary>SQL that undoes <see cref="RefuseInserts"/>.</summary>
    public abstract string AllowInserts(string table);

    /// <summary>How many of so many random cases to try: an exchange with a server takes longer than a look into a file.</summary>
    public virtual int Cases(int number) => number;

    private protected static async Task<bool> ContainsAsync(IEnumerable<string> files, byte[] bytes)
    {
        foreach (var file in files)
        {
            if ((await ReadAsync(file)).AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Nothing of a file that a server has removed since it was listed: other tests' databases come and go beside it.</summary>
    private static async Task<byte[]> ReadAsync(string file)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, Samples.Stop);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private sealed class SqliteFiles : TestDatabase
    {
        private const string Prefix = "Data Source=";

        public override string Provider => "Sqlite";

        public override Task<string> CreateAsync(bool isBlank)
        {
            var folder = Directory.CreateTempSubdirectory("pushgateway-store-");
            return Task.FromResult(Prefix + Path.Combine(folder.FullName, "new", "gateway.db"));
        }

        public override Task DeleteAsync(string connectionString)
        {
            Directory.GetParent(Folder(connectionString))!.Delete(recursive: true);
            return Task.CompletedTask;
        }

        public override Task<bool> ContainsAsync(string connectionString, byte[] bytes) =>
            ContainsAsync(Directory.GetFiles(Folder(connectionString)), bytes);

        public override string RefuseInserts(string table) => $"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END";

        public override string AllowInserts(string table) => "DROP TRIGGER refuse";

        private static string Folder(string connectionString) => Path.GetDirectoryName(connectionString[Prefix.Length..])!;
    }
}
