#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say that it is old.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `cofferdam needs Node 24, this is ${process.versions.node}; in the project's folder use \`npx cofferdam\`, which brings its own.`,
  );
  process.exit(2);
}
await import('../src/main.ts');
