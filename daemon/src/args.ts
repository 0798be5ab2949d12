import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSocketPath } from './place.ts';

export const HELP = `isolate-daemon: keeps the runtimes of programs on this machine that embed Cofferdam

Usage: isolate-daemon --socket PATH [--idle MS]

  --socket PATH  the Unix socket to listen on; its folder is to be this user's alone (mode 700), or one like /tmp
  --idle MS      end after so many milliseconds without a connection; default 30000, 0: never
  --help         say this

It ends on SIGTERM and SIGINT. Exit codes: 0 it ended as it should, 1 a fault, 2 wrong arguments,
3 another daemon or program listens there, 4 the socket's place cannot be used.
`;

const DEFAULT_IDLE_MS = 30_000;
/** What a timer can wait for. */
const MAX_IDLE_MS = 2_147_483_647;

export interface DaemonArgs {
  socket: string;
  /** Milliseconds without a connection after which the daemon ends; 0: never. */
  idleMs: number;
}

/** A wrong argument: said with how to do it right. */
export class UsageError extends Error {}

/** Reads the command line; `undefined` where help is asked for. */
export function readArgs(args: string[]): DaemonArgs | undefined {
  const { socket, idle, help } = parsed(args);
  if (help) return undefined;
  if (socket === undefined) throw new UsageError('--socket is missing');
  const path = resolve(socket);
  checkSocketPath(path);
  return { socket: path, idleMs: idle === undefined ? DEFAULT_IDLE_MS : readIdle(idle) };
}

function parsed(args: string[]) {
  const options = {
    socket: { type: 'string' },
    idle: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ', 1)[0]);
  }
}

function readIdle(text: string): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= MAX_IDLE_MS) return value;
  throw new UsageError(`--idle must be a number of milliseconds, not '${text.slice(0, 32)}'`);
}
