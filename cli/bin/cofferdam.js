#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say that it is old, and so that the compile cache is on
// before the first TypeScript is read: without it every process carries Node's type stripper, 17 to
// 39 MiB each.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `cofferdam needs Node 24, this is ${process.versions.node}; in the project's folder use \`npx cofferdam\`, which brings its own.`,
  );
  process.exit(2);
}
// The processes that this one starts read and write the same folder.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/cofferdam', import.meta.url),
);
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('../src/main.ts');
