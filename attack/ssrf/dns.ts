import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { groupsOf } from './ipv6-spellings.ts';
import { octetsOf } from './ipv4-spellings.ts';

const HEADER_BYTES = 12;
const A = 1;
const AAAA = 28;
const IN = 1;
const ANSWER = 0x84_00;
const NO_SUCH_NAME = 3;
/** A pointer to the name in the question. */
const SAME_NAME = 0xc0_0c;

/** The addresses of a name, asked anew for each query; `undefined`: there is no such name. */
export type Zone = (name: string, family: 4 | 6) => readonly string[] | undefined;

/** Answers A and AAAA queries, with a time to live of 0. */
export async function serveDns(zone: Zone, address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answer(query, zone), from.port, from.address));
  socket.bind(53, address);
  await once(socket, 'listening');
  return socket;
}

function answer(query: Buffer, zone: Zone): Buffer {
  const { name, type, end } = question(query);
  const family = type === A ? 4 : 6;
  const all = type === A || type === AAAA ? zone(name, family) : [];
  const records = (all ?? []).map((address) => record(type, bytesOf(address)));
  const head = Buffer.alloc(HEADER_BYTES);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(ANSWER | (all ? 0 : NO_SUCH_NAME), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, query.subarray(HEADER_BYTES, end), ...records]);
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let size = query[at]!; size > 0; size = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(SAME_NAME, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(IN, 4);
  head.writeUInt16BE(data.byteLength, 10);
  return Buffer.concat([head, data]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(octetsOf(address));
  const bytes = Buffer.alloc(16);
  hexGroups(address).forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

/** Also of an address whose end is written as IPv4. */
function hexGroups(address: string): number[] {
  const last = address.slice(address.lastIndexOf(':') + 1);
  if (!isIPv4(last)) return groupsOf(address);
  const [a, b, c, d] = octetsOf(last);
  const pair = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return groupsOf(address.slice(0, -last.length) + pair);
}
