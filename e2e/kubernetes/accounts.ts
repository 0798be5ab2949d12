import { createSign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ApiServer } from '../cluster/api-server.ts';

/** Service accounts, their tokens and their rights at a real API server. */
export class Accounts {
  readonly #api: ApiServer;

  constructor(api: ApiServer) {
    this.#api = api;
  }

  async create(namespace: string, ...names: string[]): Promise<void> {
    await this.#api.kubectl(['create', 'namespace', namespace]);
    for (const name of names) {
      await this.#api.kubectl(['create', 'serviceaccount', name, '--namespace', namespace]);
    }
  }

  async token(namespace: string, name: string, ...options: string[]): Promise<string> {
    const args = ['create', 'token', name, '--namespace', namespace, ...options];
    return (await this.#api.kubectl(args)).trim();
  }

  /** Lets an account do this within a namespace; the binding is called `name`. */
  async grant(name: string, about: { account: string; namespace: string; rules: Rule[] }) {
    const { account, namespace, rules } = about;
    const metadata = { name, namespace };
    const [ofNamespace, ofName] = account.split('/');
    await this.#apply([
      {
        kind: 'Role',
        metadata,
        rules: rules.map((rule) => ({ apiGroups: ['cofferdam.dev'], ...rule })),
      },
      {
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: ofName, namespace: ofNamespace }],
      },
    ]);
  }

  async bindCluster(clusterRole: string, account: string): Promise<void> {
    const [namespace, name] = account.split('/');
    await this.#apply([
      {
        kind: 'ClusterRoleBinding',
        metadata: { name: `${name}-${clusterRole.replaceAll(':', '-')}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ]);
  }

  async clusterRole(name: string, rule: object): Promise<void> {
    await this.#apply([{ kind: 'ClusterRole', metadata: { name }, rules: [rule] }]);
  }

  /** The claims of another token under a signature of the API server's own key. */
  async forge(token: string, change: object): Promise<string> {
    const folder = path.dirname(this.#api.kubeconfig);
    const key = await readFile(path.join(folder, 'accounts.key'), 'utf8');
    const [header, payload] = token.split('.') as [string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const text = JSON.stringify({ ...claims, ...change });
    const signed = `${header}.${Buffer.from(text).toString('base64url')}`;
    const signature = createSign('SHA256').update(signed).sign({ key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** A kubeconfig with which one is this account and nothing more. */
  async kubeconfig(token: string): Promise<string> {
    const folder = path.dirname(this.#api.kubeconfig);
    const config = JSON.parse(await readFile(this.#api.kubeconfig, 'utf8')) as { users: object[] };
    config.users = [{ name: 'admin', user: { token } }];
    const file = path.join(folder, 'account.kubeconfig');
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  async #apply(items: object[]): Promise<void> {
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: items.map((one) => ({ apiVersion, ...one })),
    };
    await this.#api.kubectl(['apply', '-f', '-'], JSON.stringify(list));
  }
}

interface Rule {
  resources: string[];
  verbs: string[];
}

/** How often the API server was asked for reviews since the count before. */
export function reviewCounter(api: ApiServer): () => Promise<{ tokens: number; rights: number }> {
  const seen = { tokens: 0, rights: 0 };
  return async () => {
    const lines = (await readFile(api.auditLog, 'utf8')).trimEnd().split('\n');
    const resources = lines.map(
      (line) => (JSON.parse(line) as { objectRef?: { resource?: string } }).objectRef?.resource,
    );
    const all = {
      tokens: resources.filter((one) => one === 'tokenreviews').length,
      rights: resources.filter((one) => one === 'subjectaccessreviews').length,
    };
    const since = { tokens: all.tokens - seen.tokens, rights: all.rights - seen.rights };
    Object.assign(seen, all);
    return since;
  };
}
