import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  abortable,
  CofferdamError,
  type FetchUse,
  type IncomingCall,
  type TunnelStart,
} from '@cofferdam/protocol';
import { admit } from './admit.ts';
import { dialled } from './connect.ts';
import { failedToReach } from './failure.ts';
import { heeded, logged, type Names } from './request.ts';
import { slices } from './slices.ts';
import { parseTarget, type Target } from './target.ts';
import type { Ticket } from './tickets.ts';
import type { Meter } from './usage.ts';

interface Job {
  call: IncomingCall;
  start: TunnelStart;
  ticket: Ticket;
  names: Names;
  /** Ends with the call or the ticket. */
  signal: AbortSignal;
}

/** What the log knows it as. No rule's `methods` can hold it: what is in a tunnel nobody here can see. */
const METHOD = 'CONNECT';
const OPENED_STATUS = 200;
/** A browser keeps connections for its next request: five minutes, as Chromium does. */
const SILENT_MS = 300_000;

/** Carries one connection of a guest's browser out as it is, until the target has ended it. */
export async function carryTunnel(job: Job): Promise<FetchUse> {
  const url = `http://${job.start.host}:${job.start.port}/`;
  const target = heeded(job.ticket, { url, method: METHOD }, () => tunnelTarget(job.start));
  const meter = job.ticket.usage.begin(target, METHOD);
  await logged(meter, connection(job, target, meter));
  return { bytesUp: meter.bytesUp, bytesDown: meter.bytesDown };
}

/** As of an address without TLS: whatever the ends speak, they speak it through us. */
function tunnelTarget({ host, port }: TunnelStart): Target {
  const target = parseTarget(`http://${host}:${port}/`);
  if (target.port === port) return target;
  throw new CofferdamError('INVALID_INPUT', 'the tunnel’s host is no host');
}

async function connection(job: Job, target: Target, meter: Meter): Promise<void> {
  const { call, ticket, names, signal } = job;
  meter.admit();
  const pinned = await admit(target, METHOD, { ...names, policy: ticket.policy, signal });
  meter.up(target.url.host.length + METHOD.length);
  await meter.pacedUp(signal);
  let socket: Socket | undefined;
  try {
    socket = await dialled(ticket.connections.dial(target, pinned), signal);
    meter.status = OPENED_STATUS;
    call.emit({ opened: true });
    await pass({ call, socket, meter, signal });
  } catch (error) {
    throw failedToReach(target, error, signal);
  } finally {
    socket?.destroy();
  }
}

interface Passage {
  call: IncomingCall;
  socket: Socket;
  meter: Meter;
  signal: AbortSignal;
}

/** Lasts until the target has ended: what its peer still has to say then reaches nobody. */
async function pass(passage: Passage): Promise<void> {
  const { socket, signal } = passage;
  const broken = new AbortController();
  const end = (error: unknown) => broken.abort(error);
  socket.on('error', end);
  socket.setTimeout(SILENT_MS, () => end(silent()));
  const both = AbortSignal.any([signal, broken.signal]);
  passUp(passage, both).catch(end);
  await abortable(passDown(passage, both), both);
}

/** Pieces are taken from the other end only as the target takes them. */
async function passUp({ call, socket, meter }: Passage, signal: AbortSignal): Promise<void> {
  for await (const piece of call.data) {
    for (const slice of meter.isSlowed ? slices(piece) : [piece]) {
      meter.up(slice.byteLength);
      await meter.pacedUp(signal);
      if (!socket.write(slice)) await once(socket, 'drain', { signal });
    }
  }
  socket.end();
}

async function passDown({ call, socket, meter }: Passage, signal: AbortSignal): Promise<void> {
  for await (const piece of socket as AsyncIterable<Buffer>) {
    meter.down(piece.byteLength);
    await meter.pacedDown(signal);
    await abortable(call.write(piece), signal);
  }
  call.end();
}

function silent(): CofferdamError {
  return new CofferdamError('EGRESS_FAILED', 'nothing came through the tunnel for 5 minutes');
}
