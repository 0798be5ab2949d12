import type { ModuleSource } from '../../types.ts';
import { candidatesOf } from './module-path.ts';
import type { SourceOptions } from './options.ts';

type Read = () => string | Promise<string>;

interface VirtualModule {
  options: SourceOptions;
  read: Read;
}

/** Modules by their names, and by the paths on which they stand. */
export class VirtualModules {
  readonly #byName = new Map<string, VirtualModule>();
  readonly #byPath = new Map<string, VirtualModule>();

  /** A later module of the same name takes the place of the earlier one. */
  add(specifier: string, options: SourceOptions, read: Read): void {
    const module = { options, read: options.static ? once(read) : read };
    this.#byName.set(specifier, module);
    this.#byPath.set(options.filename, module);
  }

  async find(specifier: string, place: string | undefined): Promise<ModuleSource | undefined> {
    const module = this.#byName.get(specifier) ?? this.#at(place);
    if (!module) return undefined;
    const code: unknown = await module.read();
    if (typeof code === 'string') return { ...module.options, code };
    throw new TypeError(`The source of the module '${specifier}' is no text`);
  }

  #at(place: string | undefined): VirtualModule | undefined {
    if (place === undefined) return undefined;
    for (const path of candidatesOf(place)) {
      const module = this.#byName.get(path) ?? this.#byPath.get(path);
      if (module) return module;
    }
    return undefined;
  }
}

/** What failed is tried again. */
function once(read: Read): Read {
  let text: Promise<string> | undefined;
  return () => {
    text ??= Promise.resolve(read());
    text.catch(() => (text = undefined));
    return text;
  };
}
