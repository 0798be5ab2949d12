const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 256;
/** What separates names, or names something else than a file, on systems other than POSIX ones. */
const FOREIGN = /[\\:]/;

/** The names on the way from the root. A guest's path starts at the root, with or without a slash. */
export function segmentsOf(path: string, platform: NodeJS.Platform = process.platform): string[] {
  if (path.includes('\0') || !path.isWellFormed()) throw denied('it is no name of a file');
  const segments: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') segments.push(checkedName(name, platform));
    else if (segments.pop() === undefined) throw denied('it leads out of the root');
  }
  if (segments.length > MAX_DEPTH) throw denied('it is too deep');
  return segments;
}

/** The folder's segments and the name in it; throws for the root, which is in no folder. */
export function splitPath(path: string): { folder: string[]; name: string } {
  const folder = segmentsOf(path);
  const name = folder.pop();
  if (name === undefined) throw denied('it is the root');
  return { folder, name };
}

function checkedName(name: string, platform: NodeJS.Platform): string {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw denied('a name is too long');
  if (platform === 'win32' && FOREIGN.test(name)) throw denied('it is no name of a file');
  return name;
}

export function denied(why: string): DOMException {
  return new DOMException(`Access denied: ${why}`, 'NotAllowedError');
}
