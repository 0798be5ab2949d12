import type { BrowserFiles } from '@cofferdam/browser';
import type { FileBindings, HostCallContext } from '../../types.ts';
import type { BrowserFactories } from './types.ts';

export interface FileSources {
  browser: Pick<BrowserFactories, 'readFile' | 'writeFile'>;
  files?: FileBindings | undefined;
  /** Of a call of the guest's that reads or writes for its browser. */
  context(): HostCallContext;
}

/** Where the paths of a guest's browser lead: to the binding's own functions, or else to the files binding. */
export function browserFiles({ browser, files, context }: FileSources): BrowserFiles {
  const { readFile, writeFile } = browser;
  return {
    ...((readFile ?? files?.readFile) && {
      readFile: async (path) => {
        if (readFile) return bytesOf(await readFile(path));
        return new Uint8Array(await files!.readFile!(path, context()));
      },
    }),
    ...((writeFile ?? files?.writeFile) && {
      writeFile: async (path, data) => {
        if (writeFile) return await writeFile(path, Buffer.from(data));
        await makeFolder(files!, path, context());
        await files!.writeFile!(path, Uint8Array.from(data).buffer, context());
      },
    }),
    ...(!writeFile &&
      files?.unlink && { removeFile: (path: string) => files.unlink!(path, context()) }),
  };
}

/** A file system may want its folders made first; one that makes them, or has them, may refuse. */
async function makeFolder(
  files: FileBindings,
  path: string,
  context: HostCallContext,
): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (folder === '' || !files.mkdir) return;
  await files.mkdir(folder, { recursive: true }, context).catch(() => {});
}

type Read = Awaited<ReturnType<NonNullable<BrowserFactories['readFile']>>>;

function bytesOf(read: Read) {
  if (read instanceof ArrayBuffer) return new Uint8Array(read);
  if (read instanceof Uint8Array) return read;
  const { name, mimeType, buffer } = Object(read) as Partial<Exclude<Read, ArrayBuffer>> & {
    name?: unknown;
    mimeType?: unknown;
  };
  if (typeof name === 'string' && typeof mimeType === 'string' && buffer instanceof Uint8Array) {
    return { name, mimeType, buffer };
  }
  throw new TypeError('readFile answered neither bytes nor { name, mimeType, buffer }');
}
