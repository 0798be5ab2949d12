import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes the keys, the one token and the kubeconfig that a server is started with. */
export async function writeFiles(about: {
  folder: string;
  token: string;
  url: string;
}): Promise<void> {
  const { folder, token, url } = about;
  const write = async (name: string, text: string): Promise<void> =>
    writeFile(path.join(folder, name), text, { mode: 0o600 });
  const accounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await write('accounts.key', accounts.privateKey);
  await write('accounts.pub', accounts.publicKey);
  await write('tokens.csv', `${token},admin,admin,system:masters\n`);
  // JSON is YAML, which is what a kubeconfig is.
  const cluster = { server: url, 'certificate-authority': 'apiserver.crt' };
  await write(
    'kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    }),
  );
}
