import { CofferdamError, type IncomingCall } from '@cofferdam/protocol/base';
import { readTexts } from '../../../texts.ts';
import type { InsidePrefix } from '../../messages.ts';
import { StoredPrefix } from './stored-prefix.ts';

/** The prefixes of this process's one embedder. */
export class PrefixStore {
  readonly #prefixes = new Map<string, StoredPrefix>();

  async add(call: IncomingCall): Promise<object> {
    const task = call.payload as InsidePrefix;
    const texts = await readTexts(
      call.data,
      task.modules.map(({ bytes }) => bytes),
    );
    this.#prefixes.set(task.prefixId, new StoredPrefix(task, texts));
    return {};
  }

  /** Throws for one that was disposed of. */
  of(prefixId: string): StoredPrefix {
    const prefix = this.#prefixes.get(prefixId);
    if (prefix) return prefix;
    throw new CofferdamError('RUNTIME_ENDED');
  }

  remove(call: IncomingCall): object {
    this.#prefixes.delete((call.payload as { prefixId: string }).prefixId);
    return {};
  }
}
