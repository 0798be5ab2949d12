import { posix } from 'node:path';
import type { Channel, OutgoingCall } from '@cofferdam/protocol';
import { sendTexts } from '../texts.ts';
import { Gate } from './gate.ts';
import type { InsideEval, InsideImport } from './messages.ts';
import type { ModuleGraph } from './module-graph.ts';
import { headOf, type ModuleNode } from './module-node.ts';
import { evaluationOrder } from './module-order.ts';

export interface EntrySource {
  code: string;
  /** An absolute path, or a name within `cwd`. */
  filename: string;
  cwd: string;
}

/** What goes with a module beyond its own code, as an eval of it is told. */
export type EvalTask = Pick<InsideEval, 'evalId' | 'run' | 'tests'> & {
  until: number;
  signal: AbortSignal;
};

/** Brings modules into one runtime: one load after the other, since each builds on what is there. */
export class ModuleDelivery {
  readonly #graph: ModuleGraph;
  readonly #channel: Channel;
  readonly #runtimeId: string;
  readonly #gate = new Gate();

  constructor(graph: ModuleGraph, channel: Channel, runtimeId: string) {
    this.#graph = graph;
    this.#channel = channel;
    this.#runtimeId = runtimeId;
  }

  /** Loads an eval's graph and begins to evaluate it; resolves with the call that answers how it went. */
  eval({ code, filename, cwd }: EntrySource, task: EvalTask): Promise<OutgoingCall> {
    const { evalId, run, tests, until, signal } = task;
    const path = posix.resolve(cwd, filename);
    return this.#gate.pass(async () => {
      const source = { code, path, resolveDir: posix.dirname(path) };
      const { entry, added } = await this.#graph.loadEntry(source, signal);
      const leftMs = Math.max(1, Math.ceil(until - performance.now()));
      const timeMs = leftMs === Infinity ? 0 : leftMs;
      const order = evaluationOrder(entry).map(({ id }) => id);
      return this.#send('eval', added, { evalId, order, timeMs, run, tests });
    });
  }

  /** Loads what a module imports at run time; answers the order in which to evaluate it. */
  import({ importer, specifier }: InsideImport, signal: AbortSignal): Promise<number[]> {
    return this.#gate.pass(async () => {
      const { entry, added } = await this.#graph.loadImport(importer, specifier, signal);
      if (added.length > 0) await (await this.#send('modules', added, {})).reply;
      return evaluationOrder(entry).map(({ id }) => id);
    });
  }

  /** Resolves when the modules are in the guest, or the call has failed. */
  async #send(
    method: 'eval' | 'modules',
    added: readonly ModuleNode[],
    rest: object,
  ): Promise<OutgoingCall> {
    const texts = added.map(({ compiled }) => Buffer.from(compiled.code));
    const modules = added.map((node, i) => ({ ...headOf(node), bytes: texts[i]!.byteLength }));
    // The guest has it from here on, and the compiler's cache for the next runtime.
    for (const node of added) node.compiled = { ...node.compiled, code: '', maps: [] };
    const arrived = Promise.withResolvers<unknown>();
    const call = this.#channel.call(
      method,
      { runtimeId: this.#runtimeId, modules, ...rest },
      // The process has the time limit, and its heartbeat says that it lives.
      { deadlineMs: 0, onEvent: arrived.resolve },
    );
    call.reply.then(arrived.resolve, arrived.resolve);
    sendTexts(call, texts).catch(() => {});
    await arrived.promise;
    return call;
  }
}
