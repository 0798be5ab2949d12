import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';

const { stringIndexOf, stringSlice } = primordials;

/** The names on the way from the root; `undefined` for a path that leads out of it. */
export function segmentsOf(path: string): string[] | undefined {
  const segments = list<string>();
  for (let at = 0; at <= path.length;) {
    const slash = stringIndexOf(path, '/', at);
    const end = slash === -1 ? path.length : slash;
    const name = stringSlice(path, at, end);
    at = end + 1;
    if (name === '' || name === '.') continue;
    if (name !== '..') segments[segments.length] = name;
    else if (segments.length === 0) return undefined;
    else segments.length--;
  }
  return segments;
}

export function pathOf(segments: readonly string[]): string {
  let path = '';
  for (let i = 0; i < segments.length; i++) path += `/${segments[i]}`;
  return path === '' ? '/' : path;
}

export function childOf(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

/** Whether a text is the name of one entry, and no way to another folder. */
export function isName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return stringIndexOf(name, '/') === -1 && stringIndexOf(name, '\0') === -1;
}
