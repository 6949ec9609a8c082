using PushGateway.Storage.Tests.Support;

namespace PushGateway.Storage.Tests;

// What holds on every database, on PostgreSQL.

public sealed class AppStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : AppStoreTests(cluster);

public sealed class AudienceModelOnPostgreSqlTests(PostgreSqlCluster cluster) : AudienceModelTests(cluster);

public sealed class AudienceSelectionOnPostgreSqlTests(PostgreSqlCluster cluster, ITestOutputHelper output) : AudienceSelectionTests(cluster, output);

public sealed class AudienceStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : AudienceStoreTests(cluster);

public sealed class AuditLogOnPostgreSqlTests(PostgreSqlCluster cluster) : AuditLogTests(cluster);

public sealed class DeviceStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : DeviceStoreTests(cluster);

public sealed class EventStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : EventStoreTests(cluster);

public sealed class ExpiredAudienceOnPostgreSqlTests(PostgreSqlCluster cluster) : ExpiredAudienceTests(cluster);

public sealed class FanOutStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : FanOutStoreTests(cluster);

public sealed class FirstSignInStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : FirstSignInStoreTests(cluster);

public sealed class LiveStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : LiveStoreTests(cluster);

public sealed class LiveConfirmationStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : LiveConfirmationStoreTests(cluster);

public sealed class OpenStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : OpenStoreTests(cluster);

public sealed class ReceiptHistoryOnPostgreSqlTests(PostgreSqlCluster cluster) : ReceiptHistoryTests(cluster);

public sealed class RemovalStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : RemovalStoreTests(cluster);

public sealed class RetentionOnPostgreSqlTests(PostgreSqlCluster cluster) : RetentionTests(cluster);

public sealed class SolePageOnPostgreSqlTests(PostgreSqlCluster cluster) : SolePageTests(cluster);

public sealed class SubscriberStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : SubscriberStoreTests(cluster);

public sealed class WaitAndChargeOnPostgreSqlTests(PostgreSqlCluster cluster) : WaitAndChargeTests(cluster);

public sealed class WaitingFeedbackOnPostgreSqlTests(PostgreSqlCluster cluster) : WaitingFeedbackTests(cluster);

public sealed class WebhookStoreOnPostgreSqlTests(PostgreSqlCluster cluster) : WebhookStoreTests(cluster);

public sealed class WriterOnPostgreSqlTests(PostgreSqlCluster cluster) : WriterTests(cluster);

public sealed class SchemaOnPostgreSqlTests(PostgreSqlCluster cluster) : SchemaTests(cluster);
