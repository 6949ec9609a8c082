// One tab of the chat. What it has seen is its cursor: whenever it comes back it follows the channel from there.
'use strict';

const find = (id) => document.getElementById(id);
const members = new Set();
let grant = null;
let connection = null;
let following = null;
let since = null;

function show(state) {
  find('state').textContent = state;
  find('send').disabled = state !== 'online';
}

function line(text, name) {
  const item = document.createElement('li');
  if (name) {
    const author = document.createElement('strong');
    author.textContent = `${name}: `;
    item.append(author);
  } else {
    item.className = 'note';
  }

  item.append(text);
  find('messages').append(item);
  find('log').scrollTop = find('log').scrollHeight;
}

function showMembers() {
  find('count').textContent = members.size;
  find('members').replaceChildren(...[...members].sort().map((name) => {
    const item = document.createElement('li');
    item.textContent = name;
    return item;
  }));
}

const items = {
  state(item) {
    if (!item.recovered && since > 0) line('Some messages are too old to be shown.');
    since = item.sequence;
    show('online');
  },
  message(item) {
    since = item.sequence;
    line(item.message.data.text ?? '', item.message.sender ?? 'somebody');
  },
  presence(item) {
    item.joined.forEach((name) => members.add(name));
    item.left.forEach((name) => members.delete(name));
    showMembers();
  },
  end(item) {
    // Another token, or the same way again: both begin with a new connection.
    if (item.reason === 'expired' || item.reason === 'stopping' || item.reason === 'unavailable') connection.stop();
    else line(`The gateway says: ${item.detail ?? item.reason}`);
  },
};

function follow() {
  // Whoever comes anew is told anew who is there.
  members.clear();
  following?.dispose();
  following = connection.stream('Subscribe', grant.app, grant.channel, since, true).subscribe({
    next: (item) => items[item.event]?.(item),
    error: () => show('offline'),
    complete: () => {},
  });
}

async function getToken(name) {
  const answer = await fetch('/demo/chat/token', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}

// Tries until it is connected; begins anew whenever the connection ends for good.
async function stay(name) {
  for (let wait = 250; ; wait = Math.min(wait * 2, 4000)) {
    try {
      grant = await getToken(name);
      await connection.start();
      follow();
      return;
    } catch {
      show('offline');
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

find('join').addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = find('name').value.trim();
  try {
    grant = await getToken(name);
  } catch (problem) {
    find('problem').textContent = problem.message;
    return;
  }

  find('join').hidden = true;
  find('room').hidden = false;
  connection = new signalR.HubConnectionBuilder()
    .withUrl('/v1/live', { accessTokenFactory: () => grant.token })
    .configureLogging(signalR.LogLevel.None)
    .build();
  connection.onclose(() => {
    show('offline');
    stay(name);
  });
  await stay(name);
  find('text').focus();
});

find('say').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = find('text').value;
  try {
    const { error } = await connection.invoke('Send', grant.app, grant.channel, 'chat', { text });
    if (error) line(`Not sent: ${error.detail}`);
    else find('text').value = '';
  } catch {
    line('Not sent: the connection is gone.');
  }
});
