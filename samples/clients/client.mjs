#!/usr/bin/env node
// Starts a container and waits until it ends: client.mjs SOCKET CONTAINER
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

const [path, container] = process.argv.slice(2);
const socket = createConnection(path);
const responses = []; // who waits for the next response, in the order of the requests
const listeners = [];
const send = message => socket.write(JSON.stringify(message) + '\n');
const request = content => new Promise(resolve => { responses.push(resolve); send({ request: content }); });

createInterface({ input: socket }).on('line', line => {
  const message = JSON.parse(line);
  if ('response' in message) responses.shift()(message.response);
  else if ('notification' in message) listeners.forEach(listener => listener(message.notification));
  else if ('connect_nack' in message) fail(`refused: ${line}`);
});
socket.on('error', error => fail(error.message));
socket.on('close', () => fail('the runtime closed the connection'));

function fail(text) {
  console.error(`client.mjs: ${text}`);
  process.exit(1);
}

send({ connect: { version: '0.9.3', subscribe_notifications: true } });
const { list } = await request('list');
console.log('installed:', ...list.sort());
const ended = new Promise(resolve => listeners.push(event => event.exit?.[0] === container && resolve(event.exit[1])));
const answer = await request({ start: { container, init: null, arguments: [], environment: {} } });
if (!answer.start?.ok) fail(`refused: ${JSON.stringify(answer)}`);
console.log('started', container);
console.log('ended:', JSON.stringify(await ended));
process.exit(0);
