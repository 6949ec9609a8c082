// An HTTP/2 server of Node.js that answers every request with its own body.
// Arguments: certificate file, key file, streams at once, requests after which a session is closed gracefully (0: never).
// Prints its port. SIGTERM closes all sessions gracefully, then the server.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const [certificate, key, maxConcurrentStreams, requestsPerSession] = process.argv.slice(2);
const sessions = new Set();
const server = createSecureServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  settings: { maxConcurrentStreams: Number(maxConcurrentStreams) },
});

server.on('session', session => {
  let served = 0;
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  session.on('error', () => {});
  session.on('stream', stream => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.pipe(stream);
    served += 1;
    if (served === Number(requestsPerSession)) {
      session.close();
    }
  });
});
process.on('SIGTERM', () => {
  for (const session of sessions) {
    session.close();
  }
  server.close();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
