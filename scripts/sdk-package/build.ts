import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { bundle } from './bundled.ts';
import { emitDeclarations } from './declarations.ts';
import { writeDocuments } from './documents.ts';
import { BUNDLED, publishedManifest } from './manifest.ts';
import { emitModules } from './modules.ts';
import { placeOf, readManifest } from './places.ts';

/** Makes a folder the package `cofferdam` as `npm publish` takes it. What was in it is gone. */
export async function buildPackage(output: string): Promise<void> {
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const { exports = {}, bin = {} } = readManifest('sdk');
  const inRoom = (paths: Record<string, string>) =>
    Object.values(paths).map((path) => posix.join('sdk', path));
  const programs = inRoom(bin);
  const entries = inRoom(exports);
  const { files, packages } = await emitModules([...entries, ...programs], output);
  const declared = await emitDeclarations(entries, output);
  const rooms = [...new Set([...files].map((file) => file.split('/')[0]!))];
  const versions = await bundle(BUNDLED, output);
  const manifest = publishedManifest({
    packages: packages.union(declared),
    rooms: rooms.filter((room) => room !== 'scripts'),
    versions,
  });
  await writeFile(join(output, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeDocuments(output);
  await Promise.all(programs.map((file) => chmod(join(output, placeOf(file)), 0o755)));
}
