// Verifies a webhook's request with the library that receivers use. Input: {secret, body, headers}; output: what it read, or why it refused.
const { Webhook } = require('standardwebhooks');

const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
  const { secret, body, headers } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  try {
    process.stdout.write(JSON.stringify({ ok: true, payload: new Webhook(secret).verify(body, headers) }));
  } catch (error) {
    process.stdout.write(JSON.stringify({ ok: false, error: String(error.message) }));
  }
});
