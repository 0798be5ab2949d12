#!/usr/bin/env node
// Plain JavaScript, so that another Node can say that it is another, and so that the compile cache is
// on before the first TypeScript is read: it halves the time of a start.
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major !== 24) {
  process.stderr.write(
    `isolate-daemon needs Node 24, this is ${process.versions.node}; in the project's folder use \`npx isolate-daemon\`, which brings its own.\n`,
  );
  process.exit(2);
}
// The processes that this one starts read and write the same folder.
const installed = import.meta.url.includes('/node_modules/');
const modules = new URL(installed ? '../../' : '../../node_modules/', import.meta.url);
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('.cache/cofferdam', modules));
nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('@cofferdam/daemon');
