import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Arrivals } from '../sdk/rounds.ts';
import { ANSWER, GAPS_PATH } from './workload.ts';

/** The server that everybody asks, in a process of its own. It notes when requests come: a guest's clock is too coarse. */
const arrivals = new Arrivals();
const body = Buffer.from(ANSWER);
const headers = { 'content-type': 'application/json', 'content-length': String(body.byteLength) };
const server = createServer((request, response) => {
  if (request.url === GAPS_PATH) return void response.end(JSON.stringify(arrivals.gaps()));
  arrivals.note();
  response.writeHead(200, headers).end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
