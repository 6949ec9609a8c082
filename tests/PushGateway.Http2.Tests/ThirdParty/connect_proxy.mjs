// A forward proxy of Node.js that opens tunnels for CONNECT.
// Arguments: user and password that it asks for (none: it asks for nothing).
// Prints its port, then a line for each CONNECT: the status it answered, a space, the target.
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [user, password] = process.argv.slice(2);
const expected = user === undefined ? undefined : 'Basic ' + Buffer.from(`${user}:${password}`).toString('base64');
const proxy = createServer((request, response) => {
  response.writeHead(405);
  response.end();
});

proxy.on('connect', (request, client, head) => {
  client.on('error', () => {});
  if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
    console.log(`407 ${request.url}`);
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndenied');
    return;
  }
  const { hostname, port } = new URL(`http://${request.url}`);
  const target = connect(Number(port), hostname, () => {
    console.log(`200 ${request.url}`);
    client.write('HTTP/1.1 200 Connection Established\r\nVia: 1.1 test\r\n\r\n');
    target.write(head);
    target.pipe(client);
    client.pipe(target);
  });
  target.on('error', () => {
    console.log(`502 ${request.url}`);
    client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
  });
});
proxy.listen(0, '127.0.0.1', () => console.log(proxy.address().port));
