import path from 'node:path';

export function etcdArguments(clients: string, peers: string): string[] {
  return [
    '--data-dir=etcd',
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
  ];
}

export function serverArguments(folder: string, etcd: string, port: string): string[] {
  const file = (name: string): string => path.join(folder, name);
  return [
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // Nobody reaches it as a Service here, and a loopback address may not be one's endpoint.
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.199.0.0/24',
    '--authorization-mode=RBAC',
    `--cert-dir=${folder}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('accounts.pub')}`,
    `--service-account-signing-key-file=${file('accounts.key')}`,
  ];
}

export function controllerArguments(folder: string, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${path.join(folder, 'accounts.key')}`,
    `--root-ca-file=${path.join(folder, 'apiserver.crt')}`,
  ];
}
