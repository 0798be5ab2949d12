import { expect, it } from 'vitest';
import { KubernetesClient } from './client.ts';
import { configMaps } from './descriptors.ts';
import { Endpoint } from './endpoint.ts';
import { Transport } from './transport.ts';

/** Nobody listens there. */
const nowhere = new Endpoint({
  server: new URL('https://127.0.0.1:1'),
  read: () => Promise.resolve({ headers: {}, tls: {} }),
});
const key = { namespace: 'home', name: 'one' };

it('writes nothing that its guard refuses, and reads all the same', async () => {
  const client = new KubernetesClient(new Transport(nowhere, { userAgent: 'test' }));
  let asked = 0;
  const guarded = client.guarded(() => {
    asked++;
    throw new Error('not any more');
  });
  const writes = [
    () => guarded.create(configMaps, { metadata: key }),
    () => guarded.delete(configMaps, key),
    () => guarded.applyServerSide(configMaps, { metadata: key }, { fieldManager: 'test' }),
    () => guarded.mergePatch(configMaps, { key, patch: {} }),
    () => guarded.jsonPatch(configMaps, { key, operations: [] }),
  ];
  for (const write of writes) {
    // eslint-disable-next-line no-await-in-loop -- each by itself
    await expect(write()).rejects.toThrow('not any more');
  }
  expect(asked).toBe(writes.length);
  await expect(guarded.get(configMaps, key)).rejects.toMatchObject({ unreachable: true });
  await expect(client.delete(configMaps, key)).rejects.toMatchObject({ unreachable: true });
  expect(asked).toBe(writes.length);
  client.close();
});
