import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFileBindings, createIsolateHost, createModuleResolver } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

const { folder, socketPath } = ownDaemon();
const server = createServer((_request, response) => response.end('from outside'));
let address = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

it('a host, a runtime and every binding at once', async () => {
  const written: string[] = [];
  const root = join(folder, 'data');
  mkdirSync(root);
  writeFileSync(join(root, 'note.txt'), 'kept here');
  const host = await createIsolateHost({ daemon: { socketPath } });

  const runtime = await host.createRuntime({
    bindings: {
      console: {
        onEntry(entry) {
          if (entry.type === 'output') written.push(entry.stdout);
        },
      },
      fetch: async (request) => await fetch(request),
      files: createFileBindings({ root, allowWrite: true }),
      modules: createModuleResolver()
        .virtual('@/env', `export const mode = 'sandbox' as const;`, {
          filename: 'env.ts',
          resolveDir: '/app',
        })
        .virtual(
          '/app/main.ts',
          `
          import { mode } from '@/env';
          const response = await fetch('${address}');
          console.log('mode:', mode);
          console.log('status:', response.status);
          console.log(await greet('isolate'));
          `,
          { filename: 'main.ts', resolveDir: '/app' },
        ),
      tools: { greet: async (name: string) => `hello ${name}` },
    },
  });

  try {
    await runtime.eval(`import '/app/main.ts';`, { filename: '/app/entry.ts' });
  } finally {
    await runtime.dispose();
    await host.close();
  }
  expect(written).toEqual(['mode: sandbox', 'status: 200', 'hello isolate']);
});
