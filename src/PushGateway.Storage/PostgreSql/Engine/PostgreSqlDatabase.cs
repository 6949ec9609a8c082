using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Polly;
using Polly.Retry;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>Opens connections to the database, each with the settings that its use asks for.</summary>
/// <remarks>
/// Every change of any gateway is made under one lock of the database (<see cref="TakeWriterLock"/>), held from the beginning of the transaction to the
/// end of its commit: transactions follow each other as they do in SQLite, each sees what was committed before it, and none has to be tried
/// again because of another. A gateway that stops in the middle, frozen or cut off, holds it for <see cref="s_idleInTransaction"/> at most.
/// </remarks>
internal sealed class PostgreSqlDatabase(IOptions<StorageOptions> options, ILogger<PostgreSqlDatabase> logger) : StoreDatabase
{
    /// <summary>The number means nothing but this lock; advisory locks of one database share their numbers.</summary>
    public const string TakeWriterLock = "SELECT pg_advisory_xact_lock(5784096310117)";

    /// <summary>After this long without a word the server ends the writer's connection: that of a gateway that was frozen or cut off.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_idleInTransaction = TimeSpan.FromSeconds(5);

    // How long to ask what became of a transaction whose commit was not answered.
    private static readonly ResiliencePipeline s_askAgain = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(PostgreSqlErrors.IsUnavailable),
            MaxRetryAttempts = 120,
            Delay = TimeSpan.FromMilliseconds(250),
        })
        .Build();

    // Every statement of ours is a walk along an index in its order, and a join in the order it is written in, as with SQLite. Left to
    // itself the planner would take a sort of a whole channel for one page of it as soon as its statistics are old.
    private const string PlanAsWritten =
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET enable_hashjoin = off; SET enable_mergejoin = off; " +
        "SET enable_material = off; SET max_parallel_workers_per_gather = 0; SET join_collapse_limit = 1; SET jit = off; SET plan_cache_mode = force_generic_plan; ";

    // Stricter than on, for standbys, stays as it is.
    private const string Durable = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local'); ";

    private readonly StorageOptions _options = options.Value;

    public override string Name
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(_options.ConnectionString);
            return $"{settings.Host}/{settings.Database}";
        }
    }

    public override bool IsShared => true;

    public override bool IsUnavailable(Exception problem) => PostgreSqlErrors.IsUnavailable(problem);

    public override bool IsBusy(Exception problem) => PostgreSqlErrors.IsBusy(problem);

    public override StoreConnection OpenWriter()
    {
        var connection = Open(PlanAsWritten + Durable + string.Create(
            CultureInfo.InvariantCulture,
            $"SET idle_in_transaction_session_timeout = {(int)s_idleInTransaction.TotalMilliseconds}; SET idle_session_timeout = {(int)MaxSilence.TotalMilliseconds}; " +
            $"SET lock_timeout = {Math.Max(1, (int)_options.BusyTimeout.TotalMilliseconds)}"));
        return new PostgreSqlStoreConnection(this, connection);
    }

    public override StoreConnection OpenReader() => new PostgreSqlStoreConnection(
        this, Open(PlanAsWritten + "SET default_transaction_read_only = on; SET idle_in_transaction_session_timeout = 60000"));

    /// <summary>A connection that hears what is rung under the name.</summary>
    /// <param name="channel">A constant, in small letters.</param>
    public NpgsqlConnection OpenListening(string channel) => Open($"LISTEN {channel}");

    /// <summary>A connection as it is, for what makes the schema.</summary>
    public NpgsqlConnection OpenPlain() => Open("SET lock_timeout = 0");

    /// <summary>Finds out what became of a transaction whose commit was not answered.</summary>
    /// <returns>Whether it is durable; if not, nothing of it remains.</returns>
    /// <exception cref="CommitUnknownException">The database could not be asked for half a minute.</exception>
    public bool WasCommitted(string transactionId, Exception reason)
    {
        StorageLog.CommitUnanswered(logger, reason);
        try
        {
            return s_askAgain.Execute(Ask);
        }
        catch (NpgsqlException problem)
        {
            throw new CommitUnknownException("The database does not say what became of a commit.", problem);
        }

        bool Ask()
        {
            using var connection = Open("SET lock_timeout = 0");
            using var transaction = connection.BeginTransaction();
            // While the lost transaction may still be at work it has the lock.
            using var take = new NpgsqlCommand(TakeWriterLock, connection);
            take.ExecuteNonQuery();
            using var ask = new NpgsqlCommand("SELECT pg_xact_status($1::text::xid8)", connection);
            ask.Parameters.Add(new NpgsqlParameter<string> { TypedValue = transactionId, NpgsqlDbType = NpgsqlDbType.Text });
            return ask.ExecuteScalar() is "committed";
        }
    }

    private NpgsqlConnection Open(string settings)
    {
        var builder = new NpgsqlConnectionStringBuilder(_options.ConnectionString)
        {
            // Kept here, with their prepared statements.
            Pooling = false,
            Enlist = false,
            IncludeErrorDetail = false,
            ApplicationName = "PushGateway",
            TcpKeepAlive = true,
            // Seconds; the writer must not seem silent because there is nothing to write.
            KeepAlive = 3,
        };
        var connection = new NpgsqlConnection(builder.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants, and numbers from validated options.
            command.CommandText = settings;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            return connection;
        }
        catch (PostgresException refused)
        {
            connection.Dispose();
            // Whatever its reason is, it is not the caller's change.
            throw new NpgsqlException(refused.MessageText, refused);
        }
        catch (Exception unreachable) when (unreachable is SocketException or TimeoutException or IOException)
        {
            connection.Dispose();
            // A name that is not found, a connection that is reset while it is made, and other ways not to get there.
            throw new NpgsqlException(unreachable.Message, unreachable);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
