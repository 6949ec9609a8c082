// Follows a channel over a plain WebSocket, as the README shows it: comes back with the last sequence it has. Input: {url, count}; output: the messages, one a line.
const WebSocket = require('ws');

const { url, count } = JSON.parse(process.argv[2]);
let since = null;
let seen = 0;

function follow() {
  const socket = new WebSocket(since === null ? url : `${url}&since=${since}`);
  socket.on('message', (text) => {
    const item = JSON.parse(text);
    if (item.event === 'state') {
      since = item.sequence;
      process.stdout.write(`state ${item.recovered}\n`);
    } else if (item.event === 'message') {
      since = item.message.sequence;
      process.stdout.write(`${item.message.data.text}\n`);
      if (++seen === count) {
        socket.close();
        process.exit(0);
      }
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(follow, 50));
}

follow();
