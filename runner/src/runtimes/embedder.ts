import {
  CofferdamError,
  LASTING,
  ModulesAnswerSchema,
  parser,
  RUNTIME_METHODS,
  SourcesAnswerSchema,
  type Channel,
  type ModulesAnswer,
  type ModulesQuery,
} from '@cofferdam/protocol';
import { readTexts } from '../texts.ts';

const parseModules = parser(ModulesAnswerSchema, 'PROTOCOL_VIOLATION');
const parseSources = parser(SourcesAnswerSchema, 'PROTOCOL_VIOLATION');

export type Wanted = ModulesQuery['wanted'];
export type Resolution = ModulesAnswer['modules'][number];

/** What the keeper asks of an embedder for one runtime; every answer is checked. */
export class Embedder {
  readonly #channel: () => Channel;
  readonly #runtimeId: string;

  constructor(channel: () => Channel, runtimeId: string) {
    this.#channel = channel;
    this.#runtimeId = runtimeId;
  }

  /** Where modules are, in the order asked. */
  async resolve(wanted: Wanted, signal: AbortSignal): Promise<Resolution[]> {
    const query = { runtimeId: this.#runtimeId, wanted };
    const call = this.#channel().call(RUNTIME_METHODS.modules, query, {
      deadlineMs: LASTING,
      signal,
    });
    const { modules } = parseModules(await call.reply);
    if (modules.length === wanted.length) return modules;
    throw new CofferdamError('PROTOCOL_VIOLATION', 'not an answer for each module');
  }

  /** The texts of digests, in the order asked. */
  async sources(
    digests: readonly string[],
    { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
  ): Promise<string[]> {
    const query = { runtimeId: this.#runtimeId, digests };
    const call = this.#channel().call(RUNTIME_METHODS.sources, query, {
      deadlineMs: LASTING,
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of call.data) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new CofferdamError('INVALID_INPUT', 'the modules of the runtime are too large');
      }
      chunks.push(chunk);
    }
    const { bytes } = parseSources(await call.reply);
    if (bytes.length !== digests.length) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'not a text for each digest');
    }
    return readTexts(chunks, bytes);
  }
}
