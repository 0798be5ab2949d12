import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A program of this folder with the client, as a page would load it, and the files in it. */
export async function bundle(program: string): Promise<{ text: string; files: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return { text: outputFiles[0]!.text, files: Object.keys(metafile.inputs) };
}
