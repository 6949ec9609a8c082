using PushGateway.Storage.Tests.Support;

namespace PushGateway.Storage.Tests;

// What holds on every database, on SQLite.

public sealed class AppStoreOnSqliteTests() : AppStoreTests(TestDatabase.Sqlite);

public sealed class AudienceModelOnSqliteTests() : AudienceModelTests(TestDatabase.Sqlite);

public sealed class AudienceSelectionOnSqliteTests(ITestOutputHelper output) : AudienceSelectionTests(TestDatabase.Sqlite, output);

public sealed class AudienceStoreOnSqliteTests() : AudienceStoreTests(TestDatabase.Sqlite);

public sealed class AuditLogOnSqliteTests() : AuditLogTests(TestDatabase.Sqlite);

public sealed class DeviceStoreOnSqliteTests() : DeviceStoreTests(TestDatabase.Sqlite);

public sealed class EventStoreOnSqliteTests() : EventStoreTests(TestDatabase.Sqlite);

public sealed class ExpiredAudienceOnSqliteTests() : ExpiredAudienceTests(TestDatabase.Sqlite);

public sealed class FanOutStoreOnSqliteTests() : FanOutStoreTests(TestDatabase.Sqlite);

public sealed class FirstSignInStoreOnSqliteTests() : FirstSignInStoreTests(TestDatabase.Sqlite);

public sealed class LiveStoreOnSqliteTests() : LiveStoreTests(TestDatabase.Sqlite);

public sealed class LiveConfirmationStoreOnSqliteTests() : LiveConfirmationStoreTests(TestDatabase.Sqlite);

public sealed class OpenStoreOnSqliteTests() : OpenStoreTests(TestDatabase.Sqlite);

public sealed class ReceiptHistoryOnSqliteTests() : ReceiptHistoryTests(TestDatabase.Sqlite);

public sealed class RemovalStoreOnSqliteTests() : RemovalStoreTests(TestDatabase.Sqlite);

public sealed class RetentionOnSqliteTests() : RetentionTests(TestDatabase.Sqlite);

public sealed class SolePageOnSqliteTests() : SolePageTests(TestDatabase.Sqlite);

public sealed class SubscriberStoreOnSqliteTests() : SubscriberStoreTests(TestDatabase.Sqlite);

public sealed class WaitAndChargeOnSqliteTests() : WaitAndChargeTests(TestDatabase.Sqlite);

public sealed class WaitingFeedbackOnSqliteTests() : WaitingFeedbackTests(TestDatabase.Sqlite);

public sealed class WebhookStoreOnSqliteTests() : WebhookStoreTests(TestDatabase.Sqlite);

public sealed class WriterOnSqliteTests() : WriterTests(TestDatabase.Sqlite);

public sealed class SchemaOnSqliteTests() : SchemaTests(TestDatabase.Sqlite);
