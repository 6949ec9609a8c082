// Sends the pushes described on standard input with @parse/node-apn and prints what that client made of the answers.
// Input, JSON: {"port", "authority" (PEM), "key" (PEM), "keyId", "teamId", "pushes": [{"topic", "token", "payload", "pushType"?, "priority"?}]}
// Output, JSON: [{"status", "reason", "timestamp"}], in the order of the pushes; status 200 when the client calls the push sent.
const apn = require('@parse/node-apn');
const fs = require('fs');

async function main() {
  const order = JSON.parse(fs.readFileSync(0, 'utf8'));
  const provider = new apn.Provider({
    address: '127.0.0.1',
    port: order.port,
    ca: order.authority,
    token: { key: order.key, keyId: order.keyId, teamId: order.teamId },
    connectionRetryLimit: 0,
  });
  const results = [];
  for (const push of order.pushes) {
    const note = new apn.Notification();
    note.rawPayload = push.payload;
    note.topic = push.topic;
    note.pushType = push.pushType || 'alert';
    note.priority = push.priority || 10;
    const answer = await provider.send(note, push.token);
    const failed = answer.failed[0];
    results.push(
      failed
        ? {
            status: failed.status || 0,
            reason: failed.response ? failed.response.reason : String((failed.error && failed.error.message) || 'none'),
            timestamp: failed.response && failed.response.timestamp,
          }
        : { status: 200, reason: null }
    );
  }
  await provider.shutdown();
  console.log(JSON.stringify(results));
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
