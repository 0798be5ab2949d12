import type { GroupName, PresetName } from './presets.ts';
import { GROUP_GLOBALS, PRESET_GROUPS } from './presets.ts';
import type { GuestCore, GuestGroup } from './core.ts';
import { defineProperty, indirectEval, record } from './intrinsics.ts';

const realm = globalThis;

/** Loads groups of globals on first use; each is evaluated once. */
export class GroupLoader {
  readonly #loadGroup: (name: string) => string;
  readonly #loaded = record<Record<string, Record<string, unknown>>>({});
  core: GuestCore | undefined;

  constructor(loadGroup: (name: string) => string) {
    this.#loadGroup = loadGroup;
  }

  use(name: GroupName): Record<string, unknown> {
    const loaded = this.#loaded[name];
    if (loaded) return loaded;
    const install = indirectEval(this.#loadGroup(name)) as GuestGroup;
    const made = record(install(this.core!));
    this.#loaded[name] = made;
    return made;
  }

  loaded(name: GroupName): Record<string, unknown> | undefined {
    return this.#loaded[name];
  }

  /** Defines the preset's globals; none of them costs more than a getter until it is touched. */
  define(preset: PresetName): void {
    const groups: readonly GroupName[] = PRESET_GROUPS[preset];
    for (const group of groups) {
      for (const name of GROUP_GLOBALS[group]) this.#defineLazy(group, name);
    }
  }

  #defineLazy(group: GroupName, name: string): void {
    const get = (): unknown => {
      const value = this.use(group)[name];
      defineGlobal(name, value);
      return value;
    };
    const set = (value: unknown): void => defineGlobal(name, value);
    defineProperty(realm, name, record({ get, set, enumerable: false, configurable: true }));
  }
}

export function defineGlobal(name: string, value: unknown): void {
  const fields = { value, writable: true, enumerable: false, configurable: true };
  defineProperty(realm, name, record(fields));
}
