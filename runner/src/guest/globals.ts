import type { Feature, GroupName, PresetName } from './presets.ts';
import { GROUP_GLOBALS, PRESET_GROUPS } from './presets.ts';
import type { GuestCore, GuestGroup } from './core.ts';
import { defineProperty, indirectEval, record } from './intrinsics.ts';

const realm = globalThis;

/** Loads groups of globals on first use; each is evaluated once. */
export class GroupLoader {
  readonly #loadGroup: (name: string) => string;
  readonly #loaded = record<Record<string, Record<string, unknown>>>({});
  readonly #features = record<Record<string, true>>({});
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
    this.#defineGroups(PRESET_GROUPS[preset]);
  }

  /** Adds features, whose groups the guest has from now on. By index: see {@link offers}. */
  offer(features: readonly Feature[]): void {
    for (let i = 0; i < features.length; i++) this.#features[features[i]!] = true;
    this.#defineGroups(features);
  }

  /** Whether the guest has a feature. */
  offers(name: GroupName): boolean {
    return this.#features[name] === true;
  }

  #defineGroups(groups: readonly GroupName[]): void {
    for (let i = 0; i < groups.length; i++) {
      const names: readonly string[] = GROUP_GLOBALS[groups[i]!];
      for (let j = 0; j < names.length; j++) this.#defineLazy(groups[i]!, names[j]!);
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
