import { homedir } from 'node:os';

/** What a guest is told of an error of this process: never its stack, its fields or its cause. */
export interface ErrorView {
  name: string;
  message: string;
  code?: string;
}

const MAX_TEXT = 8192;
const MAX_NAME = 256;
/** Absolute paths, plain or as URLs, up to a quote, a space or a bracket. */
const PATH = /(?:file:\/\/)?(?<![\w/.:])\/(?:[^\s'"`()/:]+\/)+[^\s'"`()]*/g;
const FALLBACK: ErrorView = { name: 'Error', message: 'The binding failed' };

/** Never throws, whatever getters and traps the error has. */
export function guestViewOf(error: unknown): ErrorView {
  try {
    if (typeof error === 'string') return { name: 'Error', message: error.slice(0, MAX_TEXT) };
    if (typeof error !== 'object' || error === null) return FALLBACK;
    const { name, message, code } = error as Partial<Record<string, unknown>>;
    const view: ErrorView = {
      name: typeof name === 'string' ? name.slice(0, MAX_NAME) : 'Error',
      message: typeof message === 'string' ? textFor(error, message, code) : FALLBACK.message,
    };
    if (typeof code === 'string') view.code = code.slice(0, MAX_NAME);
    return view;
  } catch {
    return FALLBACK;
  }
}

/**
 * A message that the binding's author wrote is the author's to give. One that Node made names files
 * of the host, and so does one that has this process's folders in it.
 */
function textFor(error: object, message: string, code: unknown): string {
  const isNodes = 'syscall' in error || (typeof code === 'string' && code.startsWith('ERR_'));
  const text = message.slice(0, MAX_TEXT);
  const namesHost = isNodes || namesFolder(text, process.cwd()) || namesFolder(text, homedir());
  return namesHost ? text.replace(PATH, '(a path of the host)') : text;
}

function namesFolder(text: string, folder: string): boolean {
  return folder.length > 1 && text.includes(folder);
}
