import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { PREFIX_TIME_MS, type Channel, type PrefixSpec } from '@cofferdam/protocol';
import type { Compiler } from '../../compiler/client.ts';
import type { CompiledModule } from '../../compiler/compiled-module.ts';
import { sendTexts } from '../../texts.ts';
import { Embedder } from '../embedder.ts';
import { offersAsyncContext, type RuntimePrefix } from '../kept-runtime.ts';
import type { InsidePrefix } from '../messages.ts';
import { ModuleGraph, type GraphStart } from '../module-graph.ts';
import { headOf, type ModuleNode } from '../module-node.ts';
import { evaluationOrder } from '../module-order.ts';
import type { RuntimeProcess } from '../runtime-process.ts';
import { SourcePositions } from '../source-positions.ts';

export interface PrefixSourceOptions {
  spec: PrefixSpec;
  code: string;
  compiler: Compiler;
  channel: () => Channel;
}

/** What a prefix is called in stack traces that was given no name. */
const UNNAMED = '[prefix]';
/** A process takes a few megabytes in milliseconds; its heartbeat ends one that hangs. */
const DELIVERY_MS = 60_000;

interface Module {
  head: ReturnType<typeof headOf>;
  filename: string;
  compiled: CompiledModule;
  text: Buffer;
}

/** A compiled prefix, as the keeper holds it for as long as it is open. */
export class PrefixSource implements RuntimePrefix {
  readonly prefixId = randomUUID();
  readonly spec: PrefixSpec;
  readonly end: GraphStart;
  readonly #modules: Module[];
  readonly #order: number[];
  /** Processes that have it. */
  readonly #processes = new Map<RuntimeProcess, Promise<unknown>>();

  private constructor(spec: PrefixSpec, graph: ModuleGraph, entry: ModuleNode) {
    this.spec = spec;
    this.end = graph.end;
    const nodes = evaluationOrder(entry);
    this.#order = nodes.map(({ id }) => id);
    this.#modules = nodes.map((node) => {
      const { filename, compiled } = node;
      return { head: headOf(node), filename, compiled, text: Buffer.from(compiled.code) };
    });
  }

  /** Throws `LoadFailure` for code that does not parse, or that imports. */
  static async load(
    { spec, code, compiler, channel }: PrefixSourceOptions,
    signal: AbortSignal,
  ): Promise<PrefixSource> {
    const graph = new ModuleGraph({
      compiler,
      embedder: new Embedder(channel, 'prefix'),
      positions: new SourcePositions(),
      hasModules: false,
      offersAsyncContext: offersAsyncContext(spec.preset),
    });
    const path = posix.resolve('/', spec.filename ?? UNNAMED);
    const source = { code, path, resolveDir: posix.dirname(path) };
    const { entry } = await graph.loadEntry(source, signal);
    return new PrefixSource(spec, graph, entry);
  }

  note(positions: SourcePositions): void {
    for (const { head, filename, compiled } of this.#modules) {
      positions.urlFor(filename);
      positions.note(head.sourceUrl, filename, compiled);
    }
  }

  /** Brings the code into a process, once for all isolates that it will have. */
  deliver(process: RuntimeProcess): Promise<unknown> {
    const known = this.#processes.get(process);
    if (known) return known;
    const delivered = this.#send(process);
    this.#processes.set(process, delivered);
    const forget = () => void this.#processes.delete(process);
    void process.exited.then(forget);
    delivered.catch(forget);
    return delivered;
  }

  /** Has the processes forget it. */
  drop(): void {
    const { prefixId } = this;
    for (const { channel } of this.#processes.keys()) {
      const call = channel.call('dropPrefix', { prefixId }, { deadlineMs: DELIVERY_MS });
      call.reply.catch(() => {});
    }
    this.#processes.clear();
  }

  #send({ channel }: RuntimeProcess): Promise<unknown> {
    const { data } = this.spec;
    const task: InsidePrefix = {
      prefixId: this.prefixId,
      modules: this.#modules.map(({ head, text }) => ({ ...head, bytes: text.byteLength })),
      order: this.#order,
      timeMs: PREFIX_TIME_MS,
      ...(data !== undefined && { data }),
    };
    const call = channel.call('prefix', task, { deadlineMs: DELIVERY_MS });
    const texts = this.#modules.map(({ text }) => text);
    sendTexts(call, texts).catch(() => {});
    return call.reply;
  }
}
