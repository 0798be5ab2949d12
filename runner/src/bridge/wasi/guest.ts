import { Clock } from './guest/clock.ts';
import { ERRNO } from './guest/errno.ts';
import { GuestMemory, type LinearMemory } from './guest/memory.ts';
import { pollOneoff } from './guest/poll.ts';
import { STDERR, STDIN, Stdio } from './guest/stdio.ts';
import { StringTable } from './guest/strings.ts';
import { fdRead, fdWrite } from './guest/vectors.ts';

/** What a program of WASI preview 1 imports its functions from. */
export const WASI_MODULE = 'wasi_snapshot_preview1';

export interface WasiOptions {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  stdin: string;
  /** What stdout and stderr may hold together, in bytes. */
  maxOutputBytes: number;
  memory(): LinearMemory | undefined;
  log(level: number, message: string): void;
  now(): number;
  /** Blocks the program's thread for so many milliseconds. */
  sleep(ms: number): void;
  /** Fills a piece of memory with what nobody can guess. */
  random(target: Uint8Array): void;
}

/** How `proc_exit` leaves the program: thrown through it. */
export class ProcExit extends Error {
  override name = 'ProcExit';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the module called proc_exit(${exitCode})`);
    this.exitCode = exitCode;
  }
}

const STREAM_RIGHTS = 0xffff_ffffn;
const CHARACTER_DEVICE = 2;
const FILESTAT_BYTES = 64;

type WasiFunction = (...args: any[]) => number;

/**
 * WASI preview 1 for a program without files and network. Descriptors 0, 1 and 2 are streams; every
 * other one is EBADF, which the C library takes for "nothing preopened".
 */
export class Wasi {
  readonly stdio: Stdio;
  /** What the program gave to `proc_exit`, even if it then went on by catching what was thrown. */
  exitCode: number | undefined;
  readonly #functions: Record<string, WasiFunction>;

  constructor(options: WasiOptions) {
    const { stdin, maxOutputBytes: maxBytes, log } = options;
    const memory = new GuestMemory(options.memory);
    this.stdio = new Stdio({ stdin, maxBytes, log });
    this.#functions = {
      __proto__: null as never,
      ...stringFunctions(options, memory),
      ...clockFunctions(options, memory, this.stdio),
      ...streamFunctions(memory, this.stdio),
      ...processFunctions(options, memory),
      proc_exit: (exitCode: number) => this.#exit(exitCode >>> 0),
      ...answering(ABSENT_FILES, ERRNO.badf),
      ...answering(ABSENT_SYSTEM, ERRNO.nosys),
    };
  }

  /** A function of WASI's by its name, answering EFAULT for addresses beyond the memory. */
  functionOf(name: string): WasiFunction | undefined {
    const found = this.#functions[name];
    return found && ((...args) => withFault(found, args));
  }

  #exit(exitCode: number): never {
    this.exitCode ??= exitCode;
    throw new ProcExit(this.exitCode);
  }
}

function withFault(call: WasiFunction, args: unknown[]): number {
  try {
    return call(...args);
  } catch (error) {
    if (error instanceof RangeError) return ERRNO.fault;
    throw error;
  }
}

function stringFunctions({ args, env }: WasiOptions, memory: GuestMemory) {
  const argumentTable = new StringTable(args);
  const environment = new StringTable(
    Object.entries(env).map(([name, value]) => `${name}=${value}`),
  );
  return {
    args_sizes_get: (countAt: number, bytesAt: number) =>
      argumentTable.sizes(memory, countAt, bytesAt),
    args_get: (tableAt: number, bytesAt: number) => argumentTable.get(memory, tableAt, bytesAt),
    environ_sizes_get: (countAt: number, bytesAt: number) =>
      environment.sizes(memory, countAt, bytesAt),
    environ_get: (tableAt: number, bytesAt: number) => environment.get(memory, tableAt, bytesAt),
  };
}

function clockFunctions({ now, sleep }: WasiOptions, memory: GuestMemory, stdio: Stdio) {
  const clock = new Clock(now);
  return {
    clock_res_get: (id: number, at: number) => clock.resolution(memory, id, at),
    clock_time_get: (id: number, _precision: bigint, at: number) => clock.time(memory, id, at),
    poll_oneoff: (...args: [number, number, number, number]) =>
      pollOneoff({ memory, clock, stdio, sleep }, args),
  };
}

function streamFunctions(memory: GuestMemory, stdio: Stdio) {
  const onStream = (fd: number, answer: number) =>
    fd >= STDIN && fd <= STDERR ? answer : ERRNO.badf;
  return {
    fd_read: (fd: number, at: number, count: number, sizeAt: number) =>
      fdRead({ memory, stdio, fd }, { at, count, sizeAt }),
    fd_write: (fd: number, at: number, count: number, sizeAt: number) =>
      fdWrite({ memory, stdio, fd }, { at, count, sizeAt }),
    fd_close: (fd: number) => onStream(fd, ERRNO.success),
    fd_datasync: (fd: number) => onStream(fd, ERRNO.success),
    fd_sync: (fd: number) => onStream(fd, ERRNO.success),
    fd_seek: (fd: number) => onStream(fd, ERRNO.spipe),
    fd_tell: (fd: number) => onStream(fd, ERRNO.spipe),
    fd_pread: (fd: number) => onStream(fd, ERRNO.spipe),
    fd_pwrite: (fd: number) => onStream(fd, ERRNO.spipe),
    fd_fdstat_get: (fd: number, at: number) => {
      const answer = onStream(fd, ERRNO.success);
      if (answer === ERRNO.success) writeFdstat(memory, at);
      return answer;
    },
    fd_filestat_get: (fd: number, at: number) => {
      const answer = onStream(fd, ERRNO.success);
      if (answer === ERRNO.success) writeFilestat(memory, at);
      return answer;
    },
    fd_fdstat_set_flags: (fd: number) => onStream(fd, ERRNO.notsup),
    fd_fdstat_set_rights: (fd: number) => onStream(fd, ERRNO.notsup),
  };
}

function writeFdstat(memory: GuestMemory, at: number): void {
  memory.bytes(at, 24).fill(0);
  memory.setU8(at, CHARACTER_DEVICE);
  memory.setU64(at + 8, STREAM_RIGHTS);
}

function writeFilestat(memory: GuestMemory, at: number): void {
  memory.bytes(at, FILESTAT_BYTES).fill(0);
  memory.setU8(at + 16, CHARACTER_DEVICE);
}

function processFunctions({ random }: WasiOptions, memory: GuestMemory) {
  return {
    sched_yield: () => ERRNO.success,
    random_get: (at: number, length: number) => {
      random(memory.bytes(at, length));
      return ERRNO.success;
    },
  };
}

function answering(names: readonly string[], errno: number): Record<string, WasiFunction> {
  return Object.fromEntries(names.map((name) => [name, () => errno]));
}

/** What needs a file or a folder: no descriptor is one. */
const ABSENT_FILES = [
  'fd_advise',
  'fd_allocate',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'fd_prestat_dir_name',
  'fd_prestat_get',
  'fd_readdir',
  'fd_renumber',
  'path_create_directory',
  'path_filestat_get',
  'path_filestat_set_times',
  'path_link',
  'path_open',
  'path_readlink',
  'path_remove_directory',
  'path_rename',
  'path_symlink',
  'path_unlink_file',
];

/** What the shim has not at all. */
const ABSENT_SYSTEM = ['proc_raise', 'sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown'];
